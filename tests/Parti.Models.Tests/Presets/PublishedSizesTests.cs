using System.Globalization;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Janus;
using Parti.Models.Families.LlamaGen;
using Parti.Models.Families.MinDalle;
using Parti.Models.Families.T5;
using Parti.Models.ImageTokenizer;
using TorchSharp;

namespace Parti.Models.Tests.Presets;

/// <summary>What <c>docs/models.md</c> says of parameters and memory, against networks of the published sizes.</summary>
public sealed class PublishedSizesTests
{
    private static readonly string[] Rows = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "models.md")).Where(line => line.StartsWith('|'))];

    private static readonly ImageTokenizerArchitecture Vq16 = new()
    {
        Kind = ImageTokenizerKind.VqGan, ImageSize = 256, PatchSize = 16, CodebookSize = 16_384, CodebookDim = 8,
        Convolutions = new() { Channels = 128, LevelChannels = [128, 128, 256, 256, 512], Blocks = 2, LatentChannels = 256, AttentionLevels = [4], NormalisedCodes = true },
    };

    private static readonly T5Architecture T5Xl = new() { Layers = 24, Width = 2048, Heads = 32, HeadWidth = 64, MlpWidth = 5120, Vocabulary = 32_128 };

    [Theory]
    [InlineData("DALL·E mini, ", 202_649_584, 235_313_136, "1.9 GB and 63 MB a slot")]
    [InlineData("DALL·E mega, ", 1_110_220_800, 1_477_746_688, "10.5 GB and 252 MB a slot")]
    public void MinDalle_RowOfTheTable_SaysWhatTheNetworksHave(string begin, long encoderCount, long decoderCount, string memory)
    {
        bool isMini = begin.Contains("mini", StringComparison.Ordinal);
        TransformerArchitecture sizes = isMini ? MinDallePresets.Mini : MinDallePresets.Mega;
        long encoder = Count(new MinDalleEncoder(sizes, torch.META));
        long decoder = Count(new MinDalleDecoder(sizes, isMini ? MinDallePresets.MiniSettings : MinDallePresets.MegaSettings, torch.META));
        long detokenizer = Count(new VqGan(MinDallePresets.Detokenizer, torch.META));
        long slot = 2L * 2 * sizes.DecoderLayers * (sizes.ImageTokens + sizes.MaxTextTokens) * sizes.Width * sizeof(float);

        Assert.Equal((encoderCount, decoderCount, 46_709_891), (encoder, decoder, detokenizer));
        Assert.Equal(memory, string.Create(CultureInfo.InvariantCulture, $"{Gigabytes(encoder + decoder + detokenizer)} and {slot / 1e6:F0} MB a slot"));
        Assert.Contains(memory, Row(begin), StringComparison.Ordinal);
        Assert.Contains(isMini ? "203 M encoder, 235 M decoder, 47 M detokenizer" : "1.11 G, 1.48 G, 47 M", Row(begin), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("`peizesun/llamagen_t2i` `t2i_XL_stage1_256.pt`", 36, 1280, 3584, 20, 0, 777_678_080, "778 M + T5 1.2 B", "3.4 GB + 4.9 GB")]
    [InlineData("`FoundationVision/LlamaGen` `c2i_B_256.pt`", 12, 768, 2048, 12, 1000, 110_888_448, "111 M", "0.7 GB")]
    [InlineData("`c2i_L_256.pt`", 24, 1024, 2816, 16, 1000, 342_910_976, "343 M", "1.7 GB")]
    [InlineData("`c2i_XL_384.pt`", 36, 1280, 3584, 20, 1000, 774_699_520, "775 M", "3.4 GB")]
    [InlineData("`c2i_XXL_384.pt`", 48, 1536, 4096, 24, 1000, 1_410_972_672, "1.41 B", "5.9 GB")]
    [InlineData("`c2i_3B_384.pt`", 24, 3200, 8704, 32, 1000, 3_096_659_200, "3.10 B", "12.7 GB")]
    public void LlamaGen_RowOfTheTable_SaysWhatTheNetworksHave(
        string begin, int layers, int width, int mlp, int heads, int classes, long count, string parameters, string memory)
    {
        LlamaGenSettings settings = new() { Classes = classes, KeyValueHeads = heads, TextEncoder = classes > 0 ? null : T5Xl };
        TransformerArchitecture sizes = new()
        {
            EncoderLayers = 0, DecoderLayers = layers, Width = width, MlpWidth = mlp, Heads = heads, TextVocabulary = classes > 0 ? classes + 1 : 32_128,
            MaxTextTokens = classes > 0 ? 1 : 120, CodebookSize = 16_384, GridHeight = 16, GridWidth = 16, ImageTokens = 256,
        };
        long decoder = Count(settings.Create(sizes, torch.META)), images = Count(new VqGan(Vq16, torch.META)), text = Count(new T5Encoder(T5Xl, torch.META));

        // The features of no caption are a buffer of the original's.
        Assert.Equal((count + (classes > 0 ? 0 : 120 * 2048), 71_883_403), (decoder, images));
        Assert.Equal(memory, Gigabytes(decoder + images) + (classes > 0 ? "" : $" + {Gigabytes(text)}"));
        Assert.Contains($"| {parameters} | {memory} |", Row(begin), StringComparison.Ordinal);
        Assert.StartsWith(count >= 1_000_000_000 ? $"{count / 1e9:F2} B" : $"{count / 1e6:F0} M", parameters, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("`deepseek-ai/Janus-1.3B`", 24, 2048, 5632, 16, "1.6 B", 6.2)]
    [InlineData("`deepseek-ai/Janus-Pro-7B`", 30, 4096, 11_008, 32, "6.7 B", 27)]
    public void Janus_RowOfTheTable_SaysWhatTheNetworksHave(string begin, int layers, int width, int mlp, int heads, string parameters, double gigabytes)
    {
        JanusSettings settings = new() { KeyValueHeads = heads, ImageFeatures = 8, HeadHidden = width, PadId = 0, ImageId = 1 };
        TransformerArchitecture sizes = new()
        {
            EncoderLayers = 0, DecoderLayers = layers, Width = width, MlpWidth = mlp, Heads = heads, TextVocabulary = 102_400, MaxTextTokens = 256,
            CodebookSize = 16_384, GridHeight = 24, GridWidth = 24, ImageTokens = 576,
        };

        long all = Count(settings.Create(sizes, torch.META)) + Count(new VqGan(Vq16, torch.META));

        Assert.Equal(parameters, $"{all / 1e9:F1} B");
        Assert.Equal(gigabytes, Math.Round(4 * all / 1e9, gigabytes < 10 ? 1 : 0));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"| {parameters} | {gigabytes} GB |"), Row(begin), StringComparison.Ordinal);
    }

    private static string Row(string begin) => Rows.First(row => row.StartsWith($"| {begin}", StringComparison.Ordinal));

    private static string Gigabytes(long parameters) => string.Create(CultureInfo.InvariantCulture, $"{4 * parameters / 1e9:F1} GB");

    // Parameters alone: buffers such as a table of angles are not published.
    private static long Count(torch.nn.Module network)
    {
        using (network)
        {
            return network.parameters().Sum(parameter => parameter.numel());
        }
    }
}
