// Whether something is still there that events are for: those that come later reach nobody.
#ifndef SHOAL_TESTS_SIMULATION_LIFE_H_
#define SHOAL_TESTS_SIMULATION_LIFE_H_

#include <memory>
#include <utility>

namespace shoal {

// A member of what events are for.
class Life {
 public:
  // Calls `event` as long as this exists.
  template <typename Event>
  auto Guard(Event event) const {
    return [alive = std::weak_ptr<const bool>(token_), event = std::move(event)](auto&&... arguments) {
      if (!alive.expired()) event(std::forward<decltype(arguments)>(arguments)...);
    };
  }

 private:
  std::shared_ptr<const bool> token_ = std::make_shared<const bool>(true);
};

}  // namespace shoal

#endif  // SHOAL_TESTS_SIMULATION_LIFE_H_
