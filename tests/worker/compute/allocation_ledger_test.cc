#include "worker/compute/allocation_ledger.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(AllocationLedgerTest, ListsWhatIsHeldTheLargestFirst) {
  AllocationLedger ledger;
  ledger.Add("batch: rows of user", int64_t{3} << 20);
  ledger.Add("cuBLAS workspace", int64_t{32} << 20);
  ledger.Add("batch: rows of item", int64_t{3} << 20);
  EXPECT_EQ(ledger.Describe(), "cuBLAS workspace 32.0 MiB, batch: rows of item 3.0 MiB, batch: rows of user 3.0 MiB");
  EXPECT_EQ(ledger.total_bytes(), int64_t{38} << 20);
}

TEST(AllocationLedgerTest, AllocationsOfOneNameAreAddedUp) {
  AllocationLedger ledger;
  ledger.Add("tower", 1000);
  ledger.Add("tower", 24);
  EXPECT_EQ(ledger.Describe(), "tower 1.0 KiB");
  ledger.Remove("tower", 1000);
  EXPECT_EQ(ledger.Describe(), "tower 24 B");
}

TEST(AllocationLedgerTest, WhatIsGivenBackIsNotListed) {
  AllocationLedger ledger;
  ledger.Add("tower", 1000);
  ledger.Add("empty", 0);
  ledger.Remove("tower", 1000);
  ledger.Remove("empty", 0);
  EXPECT_EQ(ledger.Describe(), "nothing");
  EXPECT_EQ(ledger.total_bytes(), 0);
}

}  // namespace
}  // namespace shoal
