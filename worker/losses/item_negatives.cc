#include "worker/losses/item_negatives.h"

#include "worker/losses/step_random.h"

namespace shoal {

void DrawItemNegatives(const ItemNegativesRequest& request, RejectsItem rejects, std::vector<uint64_t>* items) {
  const StepRandom random(StepRandom::Purpose::kItemNegatives, request.seed, request.step);
  items->clear();
  for (int64_t position = request.begin; position < request.end; ++position) {
    for (int k = 0; k < request.num_negatives; ++k) {
      int64_t draw = int64_t{k} * kMaxItemDraws;
      const int64_t last = draw + kMaxItemDraws - 1;
      int64_t item = random.Below(request.num_items, position, draw);
      while (draw < last && rejects(position, item)) item = random.Below(request.num_items, position, ++draw);
      items->push_back(static_cast<uint64_t>(item));
    }
  }
}

}  // namespace shoal
