// A job from its text, without validation: tests of single parts leave the rest out.
#ifndef SHOAL_TESTS_COMMON_DATA_PARSE_JOB_H_
#define SHOAL_TESTS_COMMON_DATA_PARSE_JOB_H_

#include <string>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "proto/job.pb.h"

namespace shoal {

// Users, items and ratings, and the matrix factorisation that reads them.
inline constexpr char kRatingsModel[] = R"pb(
  tables { name: 'users' embedding_dim: 4 }
  tables { name: 'items' embedding_dim: 4 }
  model {
    matrix_factorization {
      user { column: 'user_id' table: 'users' }
      item { column: 'item_id' table: 'items' }
      target: 'rating'
    }
  }
)pb";

inline JobConfig ParseJob(const std::string& text) {
  JobConfig job;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &job)) << text;
  return job;
}

// A job with more fields, which may replace its own; those of lists are added.
inline JobConfig ParseJobWith(const std::string& text, const std::string& more) {
  JobConfig job = ParseJob(text);
  EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(more, &job)) << more;
  return job;
}

inline JobConfig RatingsJob(const std::string& more = "") { return ParseJobWith(kRatingsModel, more); }

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_DATA_PARSE_JOB_H_
