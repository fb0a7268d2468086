// Resolved jobs small enough to be trained thousands of times, and their data: matrix factorisation, and a network.
#ifndef SHOAL_TESTS_SUPPORT_SMALL_JOB_H_
#define SHOAL_TESTS_SUPPORT_SMALL_JOB_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/data/load_data.h"
#include "proto/coordinator_service.pb.h"
#include "proto/job.pb.h"

namespace shoal {

struct SmallJobOptions {
  int workers = 1;
  int parameter_servers = 0;
  int num_partitions = 4;
  int64_t num_users = 13;
  int64_t num_items = 17;
  int embedding_dim = 5;
  int64_t num_train_examples = 70;  // Not a multiple of the batch: the last batch of an epoch is smaller.
  int64_t num_validation_examples = 19;
  int batch_size = 16;
  int epochs = 3;
  // OptimizerConfig and RowSemantics in text format.
  std::string optimizer = "adam { weight_decay: 0.01 decoupled_weight_decay: true }";
  RowSemantics row_semantics = DENSE_EQUIVALENT;
};

// Tables user, item (embedding_dim), user_bias, item_bias and global_bias (1), in that order.
ResolvedJob SmallJob(const SmallJobOptions& options = {});

// Tables user, item (embedding_dim) and that of the biases where there is one (1), in that order, read by an implicit
// factorisation with these fields beside `user` and `item`.
ResolvedJob SmallImplicitJob(const std::string& fields, const SmallJobOptions& options = {});

// SmallJob with SGD at learning rate 1 that touches the batch's rows alone, so that a step moves a row by minus the
// sum of its gradients. `options.optimizer` and `options.row_semantics` are not used.
ResolvedJob PlainSgdJob(SmallJobOptions options = {});

// Ratings made of the job's seed and sizes alone.
TrainingData SmallData(const ResolvedJob& job);

struct SmallNetworkOptions {
  // Network's text format. The columns are those of SmallNetworkData.
  std::string features = R"pb(
    features { id { column: "item_id" table: "item" } }
    features { bag { column: "text" table: "word" } }
    features { dense { columns: "weight" columns: "price" } }
    features { image { column: "picture" mean: 0.25 std: 0.5 } }
  )pb";
  std::string tower = "tower { linear { out_features: 6 } } tower { tanh {} } tower { linear { out_features: 3 } }";
  std::string loss = "loss { softmax_cross_entropy {} }";
};

// Tables item (5 floats) and word (18), in that order, those of the classes (3 floats) and their biases where the loss
// is sampled softmax, and 3 classes. The sizes, optimizer and so on of `options`, but
// for those of tables; the optimizer is that of the tower too.
ResolvedJob SmallNetworkJob(const SmallNetworkOptions& network = {}, const SmallJobOptions& options = {});

// Columns item_id, text (bags of up to 5 words, some of them empty), weight, price, picture (3 x 4) and label, made of
// the job's seed and sizes alone. For given triplets and pairs also anchor, positive and negative (an item each),
// anchor_pair, ... (two items, among the job's columns), anchor_tags, ... (weighted lists of up to 3 words) and same (0
// or 1).
TrainingData SmallNetworkData(const ResolvedJob& job);

// Server of each partition: dealt out in turn.
std::vector<uint32_t> DealPartitions(const ResolvedJob& job);

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_SMALL_JOB_H_
