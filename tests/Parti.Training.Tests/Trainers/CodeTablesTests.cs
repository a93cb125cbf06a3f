using Parti.Models.Checkpoints;
using Parti.Models.Transformer;
using Parti.Training.Trainers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Trainers;

public sealed class CodeTablesTests
{
    const int Codes = 8, Width = 16;

    [Fact]
    public void Adopt_Tables_NetworkAloneIsTheNetworkWithThem()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using CodeTables tables = new(Vectors(1), Width);
        using PartiTransformer network = TinyNetworks.Drawn(new PartiTransformer(Sizes), 2);
        ImageTables now = tables.Now();
        float[] before = Logits(network);

        network.Tables = now;
        float[] with = Logits(network);
        network.Tables = null;
        network.Adopt(now);

        Assert.NotEqual(before, with);
        Assert.Equal(with, Logits(network));
    }

    // A free row each would leave the neighbour where it was.
    [Fact]
    public void Now_OneCodeMadeLikelier_TakesItsNeighbourAlongAndNotAStranger()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor vectors = Vectors(3);
        Tensor near = nn.functional.normalize(vectors[0].mul(0.95).add(vectors[1].mul(0.05)), dim: 0);
        using CodeTables tables = new(cat([vectors, near.unsqueeze(0)], 0), Width);
        Tensor state = Seeded(5, [1, Width]);
        float[] before = Likeness(tables, state);

        Likely(tables, state)[0, 0].backward();
        using IDisposable noGradient = no_grad();
        foreach ((string _, Parameter value) in tables.Trained.Where(p => p.Value.grad is not null))
        {
            value.add_(value.grad!.mul(0.01));
        }

        float[] gained = [.. Likeness(tables, state).Zip(before, (after, first) => after - first)];
        Assert.InRange(gained[Codes] / gained[0], 0.8, 1.2);
        Assert.All(gained[1..Codes], stranger => Assert.True(Math.Abs(stranger) < 0.7 * gained[0], $"{string.Join(", ", gained)}"));
    }

    [Fact]
    public void Dispose_AfterUse_LeavesNoTensor()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor vectors = Vectors(4);
        CodeTables tables = new(vectors, Width);
        Parameter[] owned = [.. tables.Trained.Select(p => p.Value)];

        tables.Dispose();

        Assert.All(owned, parameter => Assert.True(parameter.IsInvalid));
        Assert.False(vectors.IsInvalid);
    }

    static TransformerArchitecture Sizes => new()
    {
        EncoderLayers = 1, DecoderLayers = 1, Width = Width, MlpWidth = 16, Heads = 2, TextVocabulary = 8, MaxTextTokens = 4,
        CodebookSize = Codes, ImageTokens = 4, GridHeight = 2, GridWidth = 2,
    };

    static float[] Logits(PartiTransformer network) =>
        network.DecodeTrain(tensor(new long[] { 1, 5, 7, 0 }, [1, 4]), Seeded(6, [1, 2, Width]), ones(1, 2, ScalarType.Bool)).data<float>().ToArray();

    static Tensor Likely(CodeTables tables, Tensor state) => nn.functional.linear(state, tables.Now().Outputs);

    static float[] Likeness(CodeTables tables, Tensor state) => Likely(tables, state).data<float>().ToArray();

    static Tensor Vectors(ulong seed) => nn.functional.normalize(Seeded(seed, [Codes, 16]), dim: -1);

    static Tensor Seeded(ulong seed, long[] shape)
    {
        using Generator generator = new(seed);
        return randn(shape, generator: generator);
    }
}
