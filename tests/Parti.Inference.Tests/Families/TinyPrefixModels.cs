using Parti.Inference.Families;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Janus;
using Parti.Models.Families.Llama;
using Parti.Models.Families.LlamaGen;
using Parti.Models.Families.T5;
using Parti.Models.ImageTokenizer;
using TorchSharp;

namespace Parti.Inference.Tests.Families;

/// <summary>Decoder-only models of random weights with every part of their families: same name, same weights.</summary>
static class TinyPrefixModels
{
    /// <summary>Names of the models: shared heads, widths that fill no vector, classes and captions are among them.</summary>
    public static readonly string[] Names = ["llamagen", "llamagen-odd", "llamagen-classes", "janus", "janus-shared"];

    static readonly LlamaArchitecture Sizes = new()
    {
        Layers = 4, Width = 64, Heads = 4, KeyValueHeads = 4, HeadWidth = 16, MlpWidth = 96, CodebookSize = 64, GridHeight = 4, GridWidth = 4, MaxPrefix = 12,
        Rotary = RotaryKind.Grid, Epsilon = 1e-5,
    };

    static readonly JanusSizes Janus = new() { TextVocabulary = 400, ImageFeatures = 8, HeadHidden = 40, PadId = 3, BeginId = 0, ImageId = 7 };

    static readonly T5Architecture Text = new() { Layers = 1, Width = 24, Heads = 3, HeadWidth = 12, MlpWidth = 40, Vocabulary = 400 };

    static readonly ImageTokenizerArchitecture Pictures = new()
    {
        Kind = ImageTokenizerKind.VqGan, ImageSize = 16, PatchSize = 4, CodebookSize = 64, CodebookDim = 8,
        Convolutions = new() { Channels = 8, LevelChannels = [8, 8, 16], Blocks = 1, LatentChannels = 8, AttentionLevels = [2], NormGroups = 4, NormalisedCodes = true },
    };

    /// <summary>A decoder.</summary>
    public static PrefixDecoder Decoder(string name)
    {
        torch.random.manual_seed(5);
        PrefixDecoder decoder = name switch
        {
            "llamagen" => new LlamaGenModel(Sizes, LlamaGenCondition.Caption, Text.Width),
            "llamagen-odd" => new LlamaGenModel(
                Sizes with { Width = 60, Heads = 5, KeyValueHeads = 5, HeadWidth = 12, MlpWidth = 36, CodebookSize = 50, GridHeight = 3, GridWidth = 5 }, LlamaGenCondition.Caption, Text.Width),
            "llamagen-classes" => new LlamaGenModel(Sizes with { MaxPrefix = 1 }, LlamaGenCondition.Class, 10),
            "janus" => new JanusModel(Sizes with { Rotary = RotaryKind.Sequence, Epsilon = 1e-6 }, Janus),
            _ => new JanusModel(Sizes with { Rotary = RotaryKind.Sequence, KeyValueHeads = 2, Epsilon = 1e-6 }, Janus),
        };
        using IDisposable noGradient = torch.no_grad();
        // Scales of norms begin at one, where leaving one out would not show.
        foreach ((_, TorchSharp.Modules.Parameter parameter) in decoder.named_parameters().Where(pair => pair.parameter.dim() == 1))
        {
            parameter.normal_(1, 0.2);
        }
        return decoder;
    }

    /// <summary>Networks of a family around a decoder.</summary>
    /// <param name="name">Name of the model; one whose pictures are 4 tokens wide and high.</param>
    /// <param name="shards">Ranges of layers.</param>
    /// <param name="format">How the kernels keep matrices.</param>
    public static PrefixNetworks Networks(string name, int shards = 1, WeightFormat format = WeightFormat.Float32)
    {
        PrefixDecoder decoder = Decoder(name);
        PictureNetworks images = new(ImageTokenizers.Create(Pictures), null, torch.CPU);
        return decoder is LlamaGenModel model
            ? new LlamaGenNetworks(model, model.Condition == LlamaGenCondition.Caption ? new T5Encoder(Text) : null, images, torch.CPU, format) { Shards = shards }
            : new JanusNetworks((JanusModel)decoder, images, torch.CPU, format) { Shards = shards };
    }
}
