// The tables in the worker's own process: the only worker calls its shard.
#ifndef SHOAL_WORKER_EMBEDDED_PARAMETER_CLIENT_H_
#define SHOAL_WORKER_EMBEDDED_PARAMETER_CLIENT_H_

#include "parameter_server/checkpoint_sink.h"
#include "parameter_server/shard.h"
#include "worker/parameter_client.h"

namespace shoal {

class EmbeddedParameterClient : public ParameterClient {
 public:
  // `shard` and `sink` outlive the client. REQUIRES: the shard owns every partition and expects one worker.
  EmbeddedParameterClient(Shard* shard, CheckpointSink* sink) : shard_(shard), sink_(sink) {}

  void Pull(uint64_t step, bool read_only, absl::Span<const PullTable> tables, PullDone done) override;
  void Push(uint64_t step, Boundary boundary, absl::Span<const PushTable> tables, PushDone done) override;

 private:
  Shard* shard_;
  CheckpointSink* sink_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_EMBEDDED_PARAMETER_CLIENT_H_
