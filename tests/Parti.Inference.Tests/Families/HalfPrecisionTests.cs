using Parti.Inference.Execution;
using Parti.Inference.Families;
using TorchSharp;

namespace Parti.Inference.Tests.Families;

/// <summary>What accelerators compute with, on the processor's tensors.</summary>
[Collection(TorchSetup.Name)]
public sealed class HalfPrecisionTests(ITestOutputHelper output)
{
    // Of logits whose standard deviation is about 1: bfloat16 keeps eight bits of a number, float16 eleven.
    [Theory]
    [InlineData("llamagen", torch.ScalarType.BFloat16, 0.1f)]
    [InlineData("janus-shared", torch.ScalarType.BFloat16, 0.1f)]
    [InlineData("janus", torch.ScalarType.Float16, 0.02f)]
    public void HoldIn_HalfPrecision_LogitsStayNear(string name, torch.ScalarType type, float tolerance)
    {
        float[] full = Logits(name, null), half = Logits(name, type);
        float worst = full.Zip(half, (f, h) => Math.Abs(f - h)).Max();

        output.WriteLine($"{name}: largest difference {worst:G3}");
        Assert.InRange(worst, 1e-5f, tolerance);
    }

    [Fact]
    public void HoldIn_HalfPrecision_HasNoKernels()
    {
        using PrefixNetworks networks = TinyPrefixModels.Networks("llamagen");
        networks.HoldIn(torch.ScalarType.BFloat16);

        Assert.Null(networks.NewKernels(2, 1));
    }

    [Theory]
    [InlineData("cpu", "auto", torch.ScalarType.Float32)]
    [InlineData("cuda:0", "auto", torch.ScalarType.BFloat16)]
    [InlineData("cuda:1", "float16", torch.ScalarType.Float16)]
    [InlineData("cuda:1", "float32", torch.ScalarType.Float32)]
    public void ElementType_DeviceAndDtype_IsWhatTheEngineUses(string device, string dtype, torch.ScalarType expected) =>
        Assert.Equal(expected, new EngineOptions { Device = device, Dtype = dtype }.ElementType);

    [Theory]
    [InlineData("cpu", "bfloat16")]
    [InlineData("cuda:0", "int4")]
    public void Validate_DtypeThatIsNotServed_IsRefused(string device, string dtype)
    {
        EngineOptions options = new() { Device = device, Dtype = dtype };
        options.ModelPaths.Add("models");

        Assert.Contains("Dtype", Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    static float[] Logits(string name, torch.ScalarType? type)
    {
        const int Steps = 8, TextTokens = 3;
        using PrefixNetworks networks = TinyPrefixModels.Networks(name);
        if (type is { } half)
        {
            networks.HoldIn(half);
        }
        using TensorDecoder decoder = new(networks, RowCounts.For(1));
        decoder.Enter(0, [.. Enumerable.Range(0, TextTokens * networks.TextWidth).Select(i => MathF.Sin(i))], TextTokens);
        List<float> logits = [];
        for (int position = 1 - TextTokens; position < Steps; position++)
        {
            decoder.Step([new(0, position <= 0 ? -1 : 3 * position, position)]);
            if (position >= 0)
            {
                logits.AddRange(decoder.Logits(0));
            }
        }
        return [.. logits];
    }
}
