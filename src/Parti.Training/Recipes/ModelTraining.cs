using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Configuration;
using Parti.Training.Data;
using Parti.Training.Drawing;
using Parti.Training.Perception;
using Parti.Training.Runs;
using Parti.Training.Trainers;
using static TorchSharp.torch;

namespace Parti.Training.Recipes;

/// <summary>
/// Trains the parts of a model, one after another: text tokenizer, image tokenizer, transformer, upsampler; where asked for, perceptual
/// features before the image tokenizer, a larger decoder after it, and the text encoder before the transformer (Parti §2).
/// </summary>
/// <param name="run">Where everything is kept.</param>
/// <param name="time">Clock of limits and timings.</param>
/// <param name="report">Told of progress.</param>
/// <param name="notice">Told, in a line, what the data is and what of it was passed over.</param>
public sealed class ModelTraining(RunFolder run, TimeProvider time, Action<TrainingProgress> report, Action<string> notice)
{
    DataNotice? _skipped;

    /// <summary>Trains the image tokenizer.</summary>
    /// <param name="preset">What holds where nothing else is said.</param>
    /// <param name="arguments">What was asked for.</param>
    /// <param name="cancellationToken">Stops after the current step, with a checkpoint.</param>
    /// <returns>True when all steps are done.</returns>
    /// <exception cref="TrainingException">A setting cannot be used, another process trains the part, or the loss is not a number.</exception>
    /// <exception cref="DataException">The data cannot be read.</exception>
    public bool Vqgan(VqganConfiguration preset, TrainingArguments arguments, CancellationToken cancellationToken)
    {
        (VqganConfiguration settings, IDisposable part) = run.Begin(RunFolder.Vqgan, preset, arguments, time);
        using IDisposable taken = part;
        IExamples examples = Examples(RunFolder.Vqgan, settings, CropRule.Tokenizer, arguments);
        Device device = Prepare(settings);
        using VitVqGan network = new(settings.Architecture, device);
        using FeatureNetwork? features = Features(settings.Losses, device);
        using VqganTask task = new(network, examples, settings.Task, features);
        return Train(RunFolder.Vqgan, settings, task, arguments, RunSamples.Reconstructions(network, examples), cancellationToken);
    }

    /// <summary>Gives the image tokenizer more codes.</summary>
    /// <inheritdoc cref="Vqgan"/>
    public bool Codes(CodesConfiguration preset, TrainingArguments arguments, CancellationToken cancellationToken)
    {
        if (run.Has(RunFolder.Decoder))
        {
            throw new TrainingException($"{run.Part(RunFolder.Decoder)} holds a decoder for the codes there are; move it away, train codes, then the decoder again.");
        }
        (CodesConfiguration settings, IDisposable part) = run.Begin(RunFolder.Codes, preset, arguments, time);
        using IDisposable taken = part;
        IExamples examples = Examples(RunFolder.Codes, settings, CropRule.Tokenizer, arguments);
        Device device = Prepare(settings);
        using VitVqGan first = new RunModels(run).FirstImageTokenizer(device);
        int codes = first.Architecture.CodebookSize;
        Settings.Require("codes", settings.Codes >= codes, settings.Codes, $"at least {codes}, as the image tokenizer has so many");
        using VitVqGan network = first.WithCodes(settings.Codes);
        using CodesTask task = new(network, codes, examples, settings.Batch);
        return Train(RunFolder.Codes, settings, task, arguments, RunSamples.Reconstructions(network, examples), cancellationToken);
    }

    /// <summary>Trains a larger decoder on the image tokenizer's frozen codes.</summary>
    /// <inheritdoc cref="Vqgan"/>
    public bool Decoder(DecoderConfiguration preset, TrainingArguments arguments, CancellationToken cancellationToken)
    {
        (DecoderConfiguration settings, IDisposable part) = run.Begin(RunFolder.Decoder, preset, arguments, time);
        using IDisposable taken = part;
        IExamples examples = Examples(RunFolder.Decoder, settings, CropRule.Tokenizer, arguments);
        Device device = Prepare(settings);
        using VitVqGan small = new RunModels(run).ImageTokenizer(device, secondDecoder: false);
        using VitVqGan network = small.WithDecoder(settings.Decoder);
        using FeatureNetwork? features = Features(settings.Losses, device);
        using DecoderTask task = new(network, examples, settings.Task, features);
        return Train(RunFolder.Decoder, settings, task, arguments, RunSamples.Reconstructions(network, examples), cancellationToken);
    }

    /// <summary>Trains the text encoder of a transformer, which the transformer then begins with.</summary>
    /// <inheritdoc cref="Vqgan"/>
    public bool Text(TextConfiguration preset, TrainingArguments arguments, CancellationToken cancellationToken)
    {
        (TextConfiguration settings, IDisposable part) = run.Begin(RunFolder.Text, preset, arguments, time);
        using IDisposable taken = part;
        IExamples examples = Examples(RunFolder.Text, settings, CropRule.Transformer, arguments);
        Device device = Prepare(settings);
        TextTokenizer text = run.LoadText(settings.LowerCase);
        using PartiTransformer network = new(new RunModels(run).Sizes(settings.Architecture, settings.LowerCase), ScalarType.Float32, device);
        using TextPretrainingTask task = new(network, text, examples, settings.Task);
        return Train(RunFolder.Text, settings, task, arguments, null, cancellationToken);
    }

    /// <summary>Trains the transformer on the frozen image tokenizer.</summary>
    /// <inheritdoc cref="Vqgan"/>
    public bool Transformer(TransformerConfiguration preset, TrainingArguments arguments, CancellationToken cancellationToken)
    {
        (TransformerConfiguration settings, IDisposable part) = run.Begin(RunFolder.Transformer, preset, arguments, time);
        using IDisposable taken = part;
        IExamples examples = Examples(RunFolder.Transformer, settings, CropRule.Transformer, arguments);
        Device device = Prepare(settings);
        RunModels models = new(run);
        TextTokenizer text = run.LoadText(settings.LowerCase);
        using VitVqGan tokenizer = models.ImageTokenizer(device);
        using PartiTransformer network = NewTransformer(models, settings, device);
        if (StartWeights.Begin(run, settings.Start, arguments.Resume, network, tokenizer, text) is { } begun)
        {
            notice(begun);
        }
        using TokenCache? cache = Cache(examples, tokenizer, arguments);
        TransformerTask NewTask(PartiTransformer network, VitVqGan tokenizer) =>
            new(network, tokenizer, text, phase => Phase(examples, settings, phase), settings.Task, cache);
        using TransformerTask task = NewTask(network, tokenizer);
        using OwnedTasks replicas = new();
        foreach (Device other in settings.Devices.Skip(1).Select(Devices.Open))
        {
            VitVqGan images = replicas.Own(models.ImageTokenizer(other));
            replicas.Add(NewTask(replicas.Own(NewTransformer(models, settings, other)), images));
        }
        Func<PictureGrid> samples = RunSamples.Prompts(network, tokenizer, text, examples, settings.Sampling);
        return Train(RunFolder.Transformer, settings, task, arguments, samples, cancellationToken, replicas.Tasks);
    }

    /// <summary>Trains the upsampler on the frozen image tokenizer.</summary>
    /// <inheritdoc cref="Vqgan"/>
    public bool Upscaler(UpscalerConfiguration preset, TrainingArguments arguments, CancellationToken cancellationToken)
    {
        (UpscalerConfiguration settings, IDisposable part) = run.Begin(RunFolder.Upscaler, preset, arguments, time);
        using IDisposable taken = part;
        IExamples examples = Examples(RunFolder.Upscaler, settings, CropRule.Tokenizer, arguments);
        Device device = Prepare(settings);
        using VitVqGan tokenizer = new RunModels(run).ImageTokenizer(device);
        using Upsampler network = new(settings.Architecture, device);
        using FeatureNetwork? features = Features(settings.Losses, device);
        using UpsamplerTask task = new(network, tokenizer, examples, settings.Task, features);
        return Train(RunFolder.Upscaler, settings, task, arguments, RunSamples.Upsampled(network, tokenizer, examples), cancellationToken);
    }

    /// <summary>Trains the features of the perceptual loss.</summary>
    /// <inheritdoc cref="Vqgan"/>
    public bool Features(FeaturesConfiguration preset, TrainingArguments arguments, CancellationToken cancellationToken)
    {
        (FeaturesConfiguration settings, IDisposable part) = run.Begin(RunFolder.Features, preset, arguments, time);
        using IDisposable taken = part;
        IExamples examples = Examples(RunFolder.Features, settings, CropRule.Tokenizer, arguments);
        Device device = Prepare(settings);
        TextTokenizer text = run.LoadText(settings.LowerCase);
        using FeatureNetwork network = new(settings.Sizes(text.VocabularySize), device);
        using FeatureTask task = new(network, text, examples, settings.ImageSize, settings.Batch);
        return Train(RunFolder.Features, settings, task, arguments, null, cancellationToken);
    }

    bool Train(string part, PartConfiguration settings, TrainingTask task, TrainingArguments arguments, Func<PictureGrid>? samples, CancellationToken cancellationToken,
        IReadOnlyList<TrainingTask>? replicas = null)
    {
        string folder = run.Part(part);
        // Sheets are drawn by the evaluation's samplers, which work on the processor.
        Action<long>? draw = samples is null || settings.Devices[0] != "cpu" ? null : step => RunSamples.Write(folder, step, samples);
        TrainingOptions options = settings.Options(folder, arguments.Resume, arguments.MaxTime);
        RunCurves curves = new(folder, time);
        bool done = new TrainingRun(task, options, time, draw, replicas).Train(
            progress =>
            {
                curves.Follow(progress);
                report(progress);
            },
            cancellationToken);
        curves.Finish();
        notice(_skipped!.End());
        return done;
    }

    IExamples Examples(string part, PartConfiguration settings, CropRule crop, TrainingArguments arguments)
    {
        Directory.CreateDirectory(run.Part(part));
        IExamples examples = ExampleSources.Open(settings.Data.Source, new()
        {
            Seed = (ulong)settings.Data.Seed, Views = crop == CropRule.Transformer ? settings.Data.Views : 0, Crop = crop, Forms = settings.Data.Forms, SkippedFolder = run.Part(part),
        });
        run.RequireData(part, examples.Identity, arguments);
        _skipped = new(examples, run.Part(part));
        notice(_skipped.Begin());
        return examples;
    }

    static IExamples Phase(IExamples examples, TransformerConfiguration settings, TransformerPhase phase) =>
        phase.RelationsOnly ? new SceneRelations(new((ulong)settings.Data.Seed, Scenes.SceneSplit.Train), phase.ReadingOrder) : examples;

    static PartiTransformer NewTransformer(RunModels models, TransformerConfiguration settings, Device device) =>
        new(models.Sizes(settings.Architecture, settings.LowerCase), settings.Compute == "bfloat16" ? ScalarType.BFloat16 : ScalarType.Float32, device)
        {
            Recompute = settings.Recompute,
        };

    TokenCache? Cache(IExamples examples, VitVqGan tokenizer, TrainingArguments arguments)
    {
        if (examples.Distinct is not { } keys)
        {
            return null;
        }
        int side = tokenizer.Architecture.ImageSize / tokenizer.Architecture.PatchSize;
        TokenCacheBinding binding = new(
            examples.Identity, WeightDigest.OfEncoder(tokenizer), tokenizer.Architecture.ImageSize, keys, side * side, tokenizer.Architecture.CodebookSize);
        return TokenCache.Open(Path.Combine(run.Part(RunFolder.Transformer), "tokens.cache"), binding, replace: arguments.NewData || !arguments.Resume);
    }

    FeatureNetwork? Features(PictureLosses losses, Device device) => losses.Perceptual == 0
        ? null
        : run.Has(RunFolder.Features)
            ? new RunModels(run).FeatureNetwork(device)
            : throw new TrainingException($"losses.perceptual is {losses.Perceptual} and there are no features; train them first with: parti train features --run {run.Root}, or set losses.perceptual=0.");

    // A trainer owns its process, and only initial weights are drawn from the process-wide generator.
    static Device Prepare(PartConfiguration settings)
    {
#pragma warning disable RS0030
        manual_seed(settings.Seed);
#pragma warning restore RS0030
        return Devices.Open(settings.Devices[0]);
    }
}
