using System.Diagnostics;
using Parti.Models.ImageTokenizer;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Data;
using Parti.Training.Runs;
using Parti.Training.Text;
using Parti.Training.Trainers;
using TorchSharp;

namespace Parti.Benchmarks;

/// <summary>A training step with everything around it against the bare network: forward, backward, optimiser on a batch at hand.</summary>
static class TrainingBenchmark
{
    const int Batch = 32, StepsATurn = 20;

    static readonly string[] Ways = ["one device, one thread", "one device, two threads", "two devices (cpu,cpu), one thread each"];

    /// <summary>Three tables: time of a step, of one that two devices share, and memory over many steps.</summary>
    /// <param name="report">Gets the tables.</param>
    /// <param name="repeats">Turns of each way.</param>
    /// <param name="steps">Steps of the memory table.</param>
    public static void Run(Report report, int repeats, int steps)
    {
        string folder = Directory.CreateTempSubdirectory("parti-bench-").FullName;
        try
        {
            TextTokenizer text = Tokenizer(folder);
            using VitVqGan tokenizer = new(PartiPresets.DemoImageTokenizer);
            using PartiTransformer network = new(PartiPresets.Demo with { TextVocabulary = text.VocabularySize });
            IExamples scenes = ExampleSources.Open(ExampleSources.Scenes);
            using TransformerTask task = new(network, tokenizer, text, _ => scenes, new() { Batch = Batch, Phases = [new() { Steps = 1 }] });
            Time(report, folder, network, task, text, scenes, repeats);
            Share(report, folder, tokenizer, text, scenes, repeats);
            Memory(report, folder, task, steps);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void Time(Report report, string folder, PartiTransformer network, TransformerTask task, TextTokenizer text, IExamples scenes, int repeats)
    {
        using torch.Tensor tokens = torch.randint(network.Architecture.CodebookSize, [Batch, network.Architecture.ImageTokens], torch.ScalarType.Int64);
        (torch.Tensor ids, torch.Tensor mask) = TextBatch.Build(text, network.Architecture.MaxTextTokens, [.. Enumerable.Range(0, Batch).Select(i => scenes.CaptionAt(i))]);
        using Optimiser optimiser = Optimiser.Create(network.named_parameters().Select(p => (p.name, p.parameter)), new());
        long done = 0;
        double[] medians = Timing.Medians(
            repeats,
            () => Repeat(() => Bare(network, optimiser, tokens, ids, mask)),
            () => Train(folder, task, done += StepsATurn, _ => { }));
        report.Add(new Table($"training: transformer of the demo, batch {Batch}, AdamW, procedural scenes, float32; {StepsATurn} steps a turn", ["way", "ms a step", "ratio"])
            .Row("forward, backward, optimiser on a batch at hand", $"{1e3 * medians[0] / StepsATurn:F0}", "1")
            .Row("the trainer: scenes drawn and tokenized, metrics, a checkpoint and the weights a turn", $"{1e3 * medians[1] / StepsATurn:F0}", $"{medians[1] / medians[0]:F3}"));
        ids.Dispose();
        mask.Dispose();
    }

    // Processors as devices: each has one thread.
    static void Share(Report report, string folder, VitVqGan tokenizer, TextTokenizer text, IExamples scenes, int repeats)
    {
        PartiTransformer[] networks = [.. Enumerable.Range(0, 3).Select(_ => new PartiTransformer(PartiPresets.Demo with { TextVocabulary = text.VocabularySize }))];
        TransformerTask[] tasks = [.. networks.Select(network => new TransformerTask(network, tokenizer, text, _ => scenes, new() { Batch = Batch / 2, Phases = [new() { Steps = 1 }] }))];
        int threads = torch.get_num_threads();
        long done = 0;
        void Turn(string name, int threadsOfEach, TransformerTask task, params TrainingTask[] replicas)
        {
            torch.set_num_threads(threadsOfEach);
            TrainingOptions options = new() { Folder = Path.Combine(folder, name), Steps = done, Accumulate = 2, Rates = LearningRates.Cosine(1e-4), Resume = true, ReportEvery = 10 };
            new TrainingRun(task, options, TimeProvider.System, null, replicas).Train();
        }
        double[] medians = Timing.Medians(
            repeats,
            () =>
            {
                done += StepsATurn;
                Turn("one", 1, tasks[0]);
            },
            () => Turn("threads", 2, tasks[0]),
            () => Turn("two", 1, tasks[1], tasks[2]));
        torch.set_num_threads(threads);
        Table table = new($"training: the same, two batches of {Batch / 2} a step (accumulate 2)", ["way", "ms a step", "ratio"]);
        foreach ((string way, double seconds) in Ways.Zip(medians))
        {
            table.Row(way, $"{1e3 * seconds / StepsATurn:F0}", $"{seconds / medians[0]:F3}");
        }
        report.Add(table);
        Array.ForEach(tasks, task => task.Dispose());
        Array.ForEach(networks, network => network.Dispose());
    }

    static void Memory(Report report, string folder, TransformerTask task, int steps)
    {
        Table table = new($"training: memory over {steps} steps", ["steps", "resident MB"]);
        Train(Path.Combine(folder, "memory"), task, steps, p =>
        {
            if (p.Step % Math.Max(10, steps / 10) == 0)
            {
                table.Row($"{p.Step}", $"{Process.GetCurrentProcess().WorkingSet64 >> 20}");
            }
        });
        report.Add(table);
    }

    static void Train(string folder, TransformerTask task, long until, Action<TrainingProgress> report) =>
        new TrainingRun(task, new() { Folder = folder, Steps = until, Rates = LearningRates.Cosine(1e-4), Resume = true, ReportEvery = 10 }, TimeProvider.System).Train(report);

    static void Repeat(Action step)
    {
        for (int i = 0; i < StepsATurn; i++)
        {
            step();
        }
    }

    static void Bare(PartiTransformer network, Optimiser optimiser, torch.Tensor tokens, torch.Tensor ids, torch.Tensor mask)
    {
        using (DisposeScope scope = torch.NewDisposeScope())
        {
            torch.Tensor logits = network.DecodeTrain(tokens, network.EncodeText(ids, mask), mask);
            torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten()).backward();
        }
        optimiser.Step(1000, 1e-4);
    }

    static TextTokenizer Tokenizer(string folder)
    {
        string file = Path.Combine(folder, "tokenizer.model");
        IExamples scenes = ExampleSources.Open(ExampleSources.Scenes);
        SentencePieceTrainer.Train(ExampleSources.Captions(scenes, 2000), new() { VocabularySize = 512 }).Save(file);
        return TextTokenizer.Load(file, lowerCase: true);
    }
}
