#include "launcher/command_line.h"

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/status.h"
#include "common/base/file_system.h"
#include "launcher/commands/digest.h"
#include "launcher/commands/embed.h"
#include "launcher/commands/evaluate.h"
#include "launcher/commands/export.h"
#include "launcher/commands/inspect.h"
#include "launcher/commands/plot.h"
#include "launcher/commands/predict.h"
#include "launcher/commands/query.h"
#include "launcher/commands/uncreated_rows.h"
#include "launcher/commands/vocabulary.h"
#include "launcher/exit_codes.h"
#include "launcher/plot/gnuplot.h"
#include "launcher/train.h"
#include "launcher/usage_error.h"

namespace shoal {
namespace {

constexpr char kCheckpointHelp[] = "A checkpoint; or a run, or its checkpoints/: then the latest";

// Where the subcommands write, and what they come to.
struct Outcome {
  std::ostream& out;
  std::ostream& err;
  int exit_code = kExitOk;

  void Report(const char* command, const absl::Status& status) {
    if (status.ok()) return;
    err << "shoal " << command << ": " << status.message() << "\n";
    exit_code = ExitCodeOf(status);
  }
};

void AddTrain(CLI::App& app, TrainOptions& options, Outcome& outcome) {
  CLI::App* train = app.add_subcommand("train", "Train the job of a job file");
  train->add_option("JOB", options.job_file, "Job file, Protobuf text format (docs/job_file.md)")->required();
  train->add_option("--parameter_servers", options.parameter_servers,
                    "Parameter-server processes; 0: embedded in the one worker (cluster.parameter_servers)");
  train->add_option("--workers", options.workers, "Worker processes (cluster.workers)");
  train->add_option("--max_restarts", options.max_restarts,
                    "Lost workers that are started anew before the next loss ends the run (cluster.max_restarts)");
  train->add_option("--output", options.output, "Folder to write; default runs/<name>-<date>-<time>");
  train->add_flag("--resume", options.resume, "Go on from the latest checkpoint in --output, if there is one");
  train->add_option("--set", options.overrides, "Override a field of the job, for example training.epochs=3")
      ->type_name("FIELD=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  train->add_flag("--dry_run", options.dry_run, "Print the resolved job, processes and memory, and start nothing");
  train->callback([&] { outcome.exit_code = RunTrain(options, outcome.out, outcome.err); });
}

void AddInspect(CLI::App& app, InspectOptions& options, Outcome& outcome) {
  CLI::App* inspect = app.add_subcommand("inspect", "Verify a checkpoint and show what it holds");
  inspect->add_option("CKPT", options.checkpoint, kCheckpointHelp)->required();
  inspect->callback([&] { outcome.Report("inspect", RunInspect(PosixFileSystem(), options, outcome.out)); });
}

void AddExport(CLI::App& app, ExportOptions& options, Outcome& outcome) {
  CLI::App* command =
      app.add_subcommand("export", "Write all rows of a table, or a dense parameter, of a checkpoint to a file");
  command->add_option("CKPT", options.checkpoint, kCheckpointHelp)->required();
  CLI::Option_group* what = command->add_option_group("What", "Exactly one of");
  what->add_option("--table", options.table, "Name of the table");
  what->add_option("--parameter", options.parameter, "Name of the dense parameter, for example tower.0.weight");
  what->require_option(1);
  command->add_option("--format", options.format, "npy, safetensors, word2vec (tables alone) or tsv")
      ->capture_default_str();
  command->add_option("--output", options.output,
                      "File to write; default ./<table or parameter>.npy, .safetensors, .txt (word2vec) or .tsv");
  command->add_flag("--overwrite", options.overwrite, "Replace files that exist");
  command->callback(
      [&] { outcome.Report("export", RunExport(PosixFileSystem(), options, CreateUncreatedRows, outcome.out)); });
}

void AddDigest(CLI::App& app, DigestOptions& options, Outcome& outcome) {
  CLI::App* digest =
      app.add_subcommand("digest", "Print the digests of a checkpoint's rows and dense parameters, computed anew");
  digest->add_option("CKPT", options.checkpoint, kCheckpointHelp)->required();
  digest->callback([&] { outcome.Report("digest", RunDigest(PosixFileSystem(), options, outcome.out)); });
}

void AddVocabulary(CLI::App& app, VocabularyOptions& options, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("vocabulary", "Build the vocabulary of a text file, show it, and write it");
  command->add_option("FILE", options.file, "Text, one a line; or delimited fields (--column); plain, gzip or zstd")
      ->required();
  command->add_option(
      "--column", options.column,
      "Name of the texts' column in the header line, or its position, counted from 0, in a file without "
      "header; default: the whole line");
  command->add_option("--delimiter", options.delimiter, "Between columns; default a tab");
  command->add_option("--tokenizer", options.tokenizer, "whole, whitespace, words, characters or sentencepiece")
      ->check(CLI::IsMember({"whole", "whitespace", "words", "characters", "sentencepiece"}))
      ->capture_default_str();
  command->add_option("--model", options.model, "SentencePiece model, a file that spm_train made");
  command->add_flag("--lowercase", options.lowercase, "Lower-case the texts first");
  command->add_option("--word_ngrams", options.word_ngrams, "Longest run of tokens that is an entry of its own")
      ->capture_default_str();
  command->add_option("--min_count", options.min_count, "Leave out entries that occur less often")
      ->capture_default_str();
  command->add_option("--max_size", options.max_size, "Most keys, the most frequent ones; default no limit");
  command->add_option("--unknown_token", options.unknown_token, "Key for tokens that are left out; default none");
  command->add_option("--padding_token", options.padding_token, "Key of row 0; default none");
  command->add_option("--output", options.output, "File to write, one key a line; default none");
  command->add_flag("--overwrite", options.overwrite, "Replace a file that exists");
  command->add_option("--top", options.top, "Keys to show")->check(CLI::NonNegativeNumber)->capture_default_str();
  command->callback([&] { outcome.Report("vocabulary", RunVocabulary(PosixFileSystem(), options, outcome.out)); });
}

void AddInference(CLI::App* command, InferenceOptions& options) {
  command->add_option("CKPT", options.checkpoint, kCheckpointHelp)->required();
  command->add_option(
      "JOB", options.job_file,
      "Job file of the same model, whose data (and embedding_layers, knn_accuracy) are used; default the "
      "checkpoint's own job");
  command
      ->add_option("--input", options.input,
                   "validation or train: those of the job; else a file of the layout of the job's data.train. "
                   "Vocabularies are the checkpoint's")
      ->capture_default_str();
  command->add_option("--labels", options.labels, "Labels of the images, where --input is an IDX file");
}

void AddUnlabeled(CLI::App* command, InferenceOptions& options) {
  command->add_flag("--unlabeled", options.unlabeled,
                    "The --input has no labels or ratings: its lines lack those fields, or its header says what they "
                    "have. Images without --labels have none");
}

void AddEmbed(CLI::App& app, EmbedOptions& options, Outcome& outcome) {
  CLI::App* command =
      app.add_subcommand("embed", "Write the embeddings of examples, their labels and their places in the source");
  AddInference(command, options.inference);
  AddUnlabeled(command, options.inference);
  command
      ->add_option("--output", options.output,
                   "Files to write: PREFIX.npy or PREFIX.tsv, PREFIX.labels.tsv, PREFIX.examples.tsv")
      ->type_name("PREFIX")
      ->capture_default_str();
  command->add_option("--format", options.format, "npy, or tsv for the TensorBoard embedding projector")
      ->capture_default_str();
  command->add_flag("--overwrite", options.overwrite, "Replace files that exist");
  command->callback([&] { outcome.Report("embed", RunEmbed(PosixFileSystem(), options, outcome.out, outcome.err)); });
}

void AddPredict(CLI::App& app, PredictOptions& options, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("predict", "Write the predicted label or rating of each example");
  AddInference(command, options.inference);
  AddUnlabeled(command, options.inference);
  command->add_option("--output", options.output, "File to write, tab separated; default standard output");
  command->add_flag("--overwrite", options.overwrite, "Replace a file that exists");
  command->callback(
      [&] { outcome.Report("predict", RunPredict(PosixFileSystem(), options, outcome.out, outcome.err)); });
}

void AddEvaluate(CLI::App& app, EvaluateOptions& options, Outcome& outcome) {
  CLI::App* command = app.add_subcommand(
      "evaluate", "Print the loss and the metrics of examples, and knn_accuracy where the job has it");
  AddInference(command, options.inference);
  command->add_flag("--json", options.json, "One JSON object instead of a line a metric");
  command->callback(
      [&] { outcome.Report("evaluate", RunEvaluate(PosixFileSystem(), options, outcome.out, outcome.err)); });
}

void AddQuery(CLI::App& app, QueryOptions& options, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("query", "List the rows of a table that are nearest to one of them");
  command->add_option("CKPT", options.checkpoint, kCheckpointHelp)->required();
  command->add_option("--table", options.table, "Name of the table")->required();
  CLI::Option_group* row = command->add_option_group("Row", "Exactly one of");
  row->add_option("--key", options.key, "Key of the row in the table's vocabulary, or its name in --names");
  row->add_option("--id", options.id, "Id of the row");
  row->require_option(1);
  command->add_option("-k", options.k, "Rows to list")->check(CLI::PositiveNumber)->capture_default_str();
  command->add_option("--metric", options.metric, "What is near")
      ->check(CLI::IsMember({"cosine", "euclidean"}))
      ->capture_default_str();
  RowNamesOptions& names = options.names;
  command->add_option("--names", names.file, "Delimited file with keys and their names; plain, gzip or zstd");
  command->add_option("--names_delimiter", names.delimiter, "Between the columns of --names; default a tab");
  command->add_option("--names_key", names.key_position, "Position of the column of keys, counted from 0")
      ->capture_default_str();
  command->add_option("--names_name", names.name_position, "Position of the column of names")->capture_default_str();
  command->callback([&] { outcome.Report("query", RunQuery(PosixFileSystem(), options, outcome.out)); });
}

void AddPlotOptions(CLI::App* command, PlotOptions& options) {
  command->add_option("--output", options.output, "File to draw, .png or .svg")->required();
  command->add_option("--title", options.title, "Default: the name of the file or run");
  command->add_flag("--overwrite", options.overwrite, "Replace a file that exists");
}

void AddPlot(CLI::App& app, PlotEmbeddingsOptions& embeddings, PlotCurvesOptions& curves, Outcome& outcome) {
  CLI::App* plot = app.add_subcommand("plot", "Draw embeddings or loss curves, by gnuplot");
  plot->require_subcommand(1);

  CLI::App* scatter = plot->add_subcommand("embeddings", "Draw vectors in the plane, coloured by label");
  scatter->add_option("FILE", embeddings.vectors, "Vectors, .npy or .tsv; wider ones by their principal components")
      ->required();
  scatter->add_option("--labels", embeddings.labels, "A label a line; default FILE with .labels.tsv, if it exists");
  scatter->add_option("--max_points", embeddings.max_points, "Points to draw at most")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  AddPlotOptions(scatter, embeddings.plot);
  scatter->callback([&] {
    outcome.Report("plot embeddings", RunPlotEmbeddings(PosixFileSystem(), embeddings, RunGnuplot, outcome.out));
  });

  CLI::App* lines = plot->add_subcommand("losses", "Draw the loss and other metrics of runs over the epochs");
  lines->add_option("RUN", curves.runs, "Folders that shoal train wrote")->required();
  lines->add_option("--metrics", curves.metrics, "A panel each; default loss, and accuracy, auc, rmse where they are")
      ->delimiter(',');
  AddPlotOptions(lines, curves.plot);
  lines->callback(
      [&] { outcome.Report("plot losses", RunPlotCurves(PosixFileSystem(), curves, RunGnuplot, outcome.out)); });
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("shoal trains embedding tables that are sharded over parameter servers", "shoal");
  app.set_version_flag("--version", "shoal " SHOAL_VERSION);
  app.require_subcommand(1);
  Outcome outcome{out, err};
  TrainOptions train;
  InspectOptions inspect;
  ExportOptions export_options;
  DigestOptions digest;
  VocabularyOptions vocabulary;
  EmbedOptions embed;
  PredictOptions predict;
  EvaluateOptions evaluate;
  QueryOptions query;
  PlotEmbeddingsOptions embeddings;
  PlotCurvesOptions curves;
  AddTrain(app, train, outcome);
  AddInspect(app, inspect, outcome);
  AddExport(app, export_options, outcome);
  AddDigest(app, digest, outcome);
  AddVocabulary(app, vocabulary, outcome);
  AddEmbed(app, embed, outcome);
  AddPredict(app, predict, outcome);
  AddEvaluate(app, evaluate, outcome);
  AddQuery(app, query, outcome);
  AddPlot(app, embeddings, curves, outcome);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 reports by exceptions, --help and --version too, which have its exit code 0.
    if (error.get_exit_code() == 0) return app.exit(error, out, err);
    err << DescribeUsageError(app, error);
    return kExitUsage;
  }
  return outcome.exit_code;
}

}  // namespace shoal
