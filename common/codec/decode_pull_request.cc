#include "common/codec/decode_pull_request.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/codec/step_header.h"
#include "common/codec/wire.h"

namespace shoal {
namespace {

using ::google::protobuf::io::CodedInputStream;

// Rows with their state, which the worker keeps, and others without.
constexpr size_t kMaxEntriesOfATable = 2;

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed PullRequest: ", what));
}

absl::Status ReadTableIds(CodedInputStream* input, TableIds* ids) {
  CodedInputStream::Limit outer;
  if (!EnterDelimited(input, &outer)) return Malformed("a table ends early");
  while (const uint32_t tag = ReadWireTag(input)) {
    uint32_t table;
    uint64_t number;
    if (tag == WireTag(TableIds::kTableFieldNumber, WireType::kFixed32)) {
      if (!input->ReadLittleEndian32(&table)) return Malformed("a table number ends early");
      ids->set_table(table);
    } else if (tag == WireTag(TableIds::kIdsFieldNumber, WireType::kLengthDelimited)) {
      const auto append = [ids](int count) {
        ids->mutable_ids()->Reserve(ids->ids_size() + count);
        return ids->mutable_ids()->AddNAlreadyReserved(count);
      };
      if (!ReadPackedFixed64(input, append)) return Malformed("ids are not whole");
    } else if (tag == WireTag(TableIds::kIdsFieldNumber, WireType::kFixed64)) {  // Not packed.
      if (!input->ReadLittleEndian64(&number)) return Malformed("an id ends early");
      ids->add_ids(number);
    } else if (tag == WireTag(TableIds::kWithStateFieldNumber, WireType::kVarint)) {
      if (!input->ReadVarint64(&number)) return Malformed("with_state ends early");
      ids->set_with_state(number != 0);
    } else if (!SkipWireField(input, tag)) {
      return Malformed("a field ends early");
    }
  }
  if (!EndsAtLimit(input)) return Malformed("a table has a bad tag");
  input->PopLimit(outer);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PullRequest> DecodePullRequest(google::protobuf::io::ZeroCopyInputStream* input, size_t size,
                                              size_t num_tables) {
  CodedInputStream coded(input);
  coded.PushLimit(static_cast<int>(size));
  PullRequest request;
  while (const uint32_t tag = ReadWireTag(&coded)) {
    uint64_t read_only;
    if (tag == WireTag(PullRequest::kHeaderFieldNumber, WireType::kLengthDelimited)) {
      SHOAL_RETURN_IF_ERROR(ReadStepHeader(&coded, request.mutable_header()));
    } else if (tag == WireTag(PullRequest::kReadOnlyFieldNumber, WireType::kVarint)) {
      if (!coded.ReadVarint64(&read_only)) return Malformed("read_only ends early");
      request.set_read_only(read_only != 0);
    } else if (tag == WireTag(PullRequest::kTablesFieldNumber, WireType::kLengthDelimited)) {
      // Two bytes of message would make a whole object of nothing.
      if (static_cast<size_t>(request.tables_size()) == kMaxEntriesOfATable * num_tables) {
        return Malformed(
            absl::StrCat("more than ", kMaxEntriesOfATable, " entries for each of the job's ", num_tables, " tables"));
      }
      SHOAL_RETURN_IF_ERROR(ReadTableIds(&coded, request.add_tables()));
    } else if (!SkipWireField(&coded, tag)) {
      return Malformed("a field ends early");
    }
  }
  if (!EndsAtLimit(&coded)) return Malformed("a bad tag");
  return request;
}

}  // namespace shoal
