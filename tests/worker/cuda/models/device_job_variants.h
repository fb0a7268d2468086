// What small jobs for devices are varied by.
#ifndef SHOAL_TESTS_WORKER_CUDA_MODELS_DEVICE_JOB_VARIANTS_H_
#define SHOAL_TESTS_WORKER_CUDA_MODELS_DEVICE_JOB_VARIANTS_H_

namespace shoal {

// OptimizerConfig's text format: one for each rule of a row's step, with and without what moves idle rows.
inline constexpr const char* kRowOptimizers[] = {
    "sgd {}",
    "sgd { momentum: 0.9 weight_decay: 0.01 }",
    "sgd { momentum: 0.9 dampening: 0.3 }",
    "adagrad { weight_decay: 0.01 }",
    "rowwise_adagrad { weight_decay: 0.01 }",
    "adam { weight_decay: 0.01 decoupled_weight_decay: true }",
    "adam { weight_decay: 0.01 }",
};

// Network's text format: losses that read labels alone, outputs of the whole batch, and rows of their own.
inline constexpr const char* kNetworkLosses[] = {
    "loss { softmax_cross_entropy {} }",
    "loss { triplet { mining: SEMI_HARD } }",
    "loss { sampled_softmax { num_sampled: 2 table: 'class' bias_table: 'class_bias' } }",
};

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_CUDA_MODELS_DEVICE_JOB_VARIANTS_H_
