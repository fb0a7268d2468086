// A TextConfig from Protobuf text format.
#ifndef SHOAL_TESTS_COMMON_TEXT_PARSE_TEXT_CONFIG_H_
#define SHOAL_TESTS_COMMON_TEXT_PARSE_TEXT_CONFIG_H_

#include <string>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "proto/job.pb.h"

namespace shoal {

inline TextConfig ParseTextConfig(const std::string& text) {
  TextConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return config;
}

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_TEXT_PARSE_TEXT_CONFIG_H_
