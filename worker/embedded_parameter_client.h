// The tables in the worker's own process: the only worker calls its shard. Rows and gradients of training are rounded
// as they would be on the way to and from servers, so that the weights are the same.
#ifndef SHOAL_WORKER_EMBEDDED_PARAMETER_CLIENT_H_
#define SHOAL_WORKER_EMBEDDED_PARAMETER_CLIENT_H_

#include "parameter_server/checkpoint_sink.h"
#include "parameter_server/shard.h"
#include "worker/parameter_client.h"
#include "worker/row_store.h"

namespace shoal {

class EmbeddedParameterClient : public ParameterClient, public RowStore {
 public:
  // `shard` and `sink` outlive the client. REQUIRES: the shard owns every partition and expects one worker.
  EmbeddedParameterClient(Shard* shard, CheckpointSink* sink, DType wire_dtype = FLOAT32)
      : shard_(shard), sink_(sink), wire_dtype_(wire_dtype) {}

  void Pull(uint64_t step, bool read_only, absl::Span<const PullTable> tables, PullDone done) override;
  void Push(uint64_t step, Boundary boundary, absl::Span<const PushTable> tables, PushDone done) override;

  void Read(int table, absl::Span<const uint64_t> ids, float* rows) const override;
  void Write(int table, absl::Span<const uint64_t> ids, const float* rows) override;

 private:
  // What the receiver of rows or gradients of a table, [ids, SegmentFloats(dim)], would get.
  void Round(uint64_t step, int table, uint32_t sender, absl::Span<const uint64_t> ids, float* rows) const;

  Shard* shard_;
  CheckpointSink* sink_;
  DType wire_dtype_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_EMBEDDED_PARAMETER_CLIENT_H_
