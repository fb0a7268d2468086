// Early return on a failed absl::Status or absl::StatusOr.
#ifndef SHOAL_COMMON_BASE_STATUS_MACROS_H_
#define SHOAL_COMMON_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Evaluates `expression`, an absl::Status; returns it from the enclosing function if it is not OK.
#define SHOAL_RETURN_IF_ERROR(expression)          \
  do {                                             \
    absl::Status shoal_status_ = (expression);     \
    if (!shoal_status_.ok()) return shoal_status_; \
  } while (false)

#define SHOAL_STATUS_CONCAT_INNER_(a, b) a##b
#define SHOAL_STATUS_CONCAT_(a, b) SHOAL_STATUS_CONCAT_INNER_(a, b)

// Evaluates `expression`, an absl::StatusOr; returns its status if it is not OK, else moves its value into `lhs`,
// which may declare a variable.
#define SHOAL_ASSIGN_OR_RETURN(lhs, expression) \
  SHOAL_ASSIGN_OR_RETURN_IMPL_(SHOAL_STATUS_CONCAT_(shoal_status_or_, __LINE__), lhs, expression)

// NOLINTBEGIN(bugprone-macro-parentheses): `lhs` may be a declaration.
#define SHOAL_ASSIGN_OR_RETURN_IMPL_(status_or, lhs, expression) \
  auto status_or = (expression);                                 \
  if (!status_or.ok()) return std::move(status_or).status();     \
  lhs = *std::move(status_or)
// NOLINTEND(bugprone-macro-parentheses)

#endif  // SHOAL_COMMON_BASE_STATUS_MACROS_H_
