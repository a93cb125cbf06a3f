using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using Parti.Training.Configuration;
using Parti.Training.Evaluation;
using Parti.Training.Perception;
using Parti.Training.Runs;
using static TorchSharp.torch;

namespace Parti.Training.Recipes;

/// <summary>The networks of a run with their last weights.</summary>
/// <param name="run">The run.</param>
public sealed class RunModels(RunFolder run)
{
    /// <summary>Sizes of the image tokenizer, with its larger decoder where there is one.</summary>
    public ImageTokenizerArchitecture ImageTokenizerSizes => Sizes(secondDecoder: true);

    /// <summary>How the transformer was trained.</summary>
    public TransformerConfiguration TransformerSettings => run.Configuration(RunFolder.Transformer, DemoRecipe.Transformer);

    /// <summary>Sizes of the transformer.</summary>
    public TransformerArchitecture TransformerSizes => Sizes(TransformerSettings.Architecture, TransformerSettings.LowerCase);

    /// <summary>How the upsampler was trained.</summary>
    public UpscalerConfiguration UpscalerSettings => run.Configuration(RunFolder.Upscaler, DemoRecipe.Upscaler);

    /// <summary>Sizes of a transformer for the run's tokenizers.</summary>
    /// <param name="wanted">Its own sizes.</param>
    /// <param name="lowerCase">Whether captions are lower-cased.</param>
    public TransformerArchitecture Sizes(TransformerArchitecture wanted, bool lowerCase)
    {
        ImageTokenizerArchitecture images = Sizes(secondDecoder: false);
        int side = images.ImageSize / images.PatchSize;
        return wanted with
        {
            TextVocabulary = run.LoadText(lowerCase).VocabularySize,
            CodebookSize = images.CodebookSize,
            GridHeight = side,
            GridWidth = side,
            ImageTokens = side * side,
        };
    }

    /// <summary>The image tokenizer.</summary>
    /// <param name="device">Where its weights go; null for the processor.</param>
    /// <param name="secondDecoder">Whether its larger decoder takes the place of the first, where there is one.</param>
    public VitVqGan ImageTokenizer(Device? device = null, bool secondDecoder = true)
    {
        string first = run.Has(RunFolder.Codes) ? RunFolder.Codes : RunFolder.Vqgan;
        return run.Load(new VitVqGan(Sizes(secondDecoder), device), secondDecoder && run.Has(RunFolder.Decoder) ? RunFolder.Decoder : first);
    }

    /// <summary>The image tokenizer as it was before it had more codes or a larger decoder.</summary>
    /// <param name="device">Where its weights go.</param>
    public VitVqGan FirstImageTokenizer(Device device) => run.Load(new VitVqGan(FirstSizes, device), RunFolder.Vqgan);

    /// <summary>The features of the perceptual loss.</summary>
    /// <param name="device">Where its weights go.</param>
    public FeatureNetwork FeatureNetwork(Device device)
    {
        FeaturesConfiguration settings = run.Configuration(RunFolder.Features, TrainingPresets.Features[TrainingPresets.Demo]);
        return run.Load(new FeatureNetwork(settings.Sizes(run.LoadText(settings.LowerCase).VocabularySize), device), RunFolder.Features);
    }

    /// <summary>The upsampler.</summary>
    public Upsampler Upsampler() => run.Load(new Upsampler(UpscalerSettings.Architecture), RunFolder.Upscaler);

    /// <summary>The transformer.</summary>
    public PartiTransformer Transformer() => run.Load(new PartiTransformer(TransformerSizes), RunFolder.Transformer);

    /// <summary>What is trained so far: the image tokenizer, and the transformer if there is one, from its last checkpoint while it is in training.</summary>
    /// <param name="withTransformer">False reads the image tokenizer alone.</param>
    /// <exception cref="TrainingException">There is no image tokenizer yet.</exception>
    /// <exception cref="CheckpointException">A file is damaged.</exception>
    public EvaluatedModel ForEvaluation(bool withTransformer = true)
    {
        TransformerConfiguration settings = TransformerSettings;
        VitVqGan tokenizer = ImageTokenizer();
        return new(
            run.Root, settings.Sampling, tokenizer,
            withTransformer && run.Has(RunFolder.Transformer) ? (Transformer(), run.LoadText(settings.LowerCase)) : null);
    }

    ImageTokenizerArchitecture FirstSizes => run.Configuration(RunFolder.Vqgan, DemoRecipe.Vqgan).Architecture;

    ImageTokenizerArchitecture Sizes(bool secondDecoder)
    {
        ImageTokenizerArchitecture sizes = FirstSizes;
        if (run.Has(RunFolder.Codes))
        {
            sizes = sizes with { CodebookSize = run.Configuration(RunFolder.Codes, TrainingPresets.Codes[TrainingPresets.Demo]).Codes };
        }
        return secondDecoder && run.Has(RunFolder.Decoder)
            ? sizes with { Decoder = run.Configuration(RunFolder.Decoder, TrainingPresets.Decoder[TrainingPresets.Demo]).Decoder, Output = PixelOutput.Raw }
            : sizes;
    }
}
