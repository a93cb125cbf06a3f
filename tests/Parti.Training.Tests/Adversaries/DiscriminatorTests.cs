using Parti.Models.Layers;
using Parti.Training.Adversaries;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = Parti.Training.Runs.AdamW;

namespace Parti.Training.Tests.Adversaries;

public sealed class DiscriminatorTests
{
    static readonly AdversaryOptions Small = new() { Channels = 8, MostChannels = 16, PatchLevels = 2, Begin = 0, R1Every = 2 };

    [Theory]
    [InlineData(AdversaryKind.Style, 3e-3)]
    [InlineData(AdversaryKind.Patch, 1e-2)]
    public void Loss_MadePicturesAreBlurred_IsLearntToTellThem(AdversaryKind kind, double rate)
    {
        set_num_threads(1);
        using DisposeScope scope = NewDisposeScope();
        using var adversary = new PictureAdversary(Small with { Kind = kind, Alone = 1000, R1 = 0 }, 16, CPU);
        Draw(adversary, 1);
        using var optimiser = new AdamW(adversary.Trained, new() { Beta1 = 0, Beta2 = 0.99, WeightDecay = 0, Clip = 10 });
        using var generator = new Generator(4);
        List<double> losses = [];
        for (int step = 0; step < 150; step++)
        {
            using DisposeScope each = NewDisposeScope();
            Tensor real = rand([4, 3, 16, 16], generator: generator), made = nn.functional.avg_pool2d(real, 3, 1, 1);
            Term(adversary, real, made, step);
            Tensor loss = adversary.Loss(step);
            loss.backward();
            losses.Add(loss.item<float>());
            optimiser.Step(step, rate);
        }
        double first = losses[..5].Average(), last = losses[^20..].Average();
        Assert.True(last < 0.75 * first, $"Loss went from {first} to {last}.");
    }

    [Theory]
    [InlineData(AdversaryKind.Style)]
    [InlineData(AdversaryKind.Patch)]
    public void Term_WithAGraph_PullsMadePicturesAndLeavesTheDiscriminator(AdversaryKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        using var adversary = new PictureAdversary(Small with { Kind = kind, Alone = 0, Ramp = 1, Adaptive = false }, 16, CPU);
        Draw(adversary, 2);
        using var generator = new Generator(5);
        Tensor made = rand([2, 3, 16, 16], generator: generator).requires_grad_();
        Tensor? term = Term(adversary, rand([2, 3, 16, 16], generator: generator), made, 0);
        Assert.NotNull(term);
        term.backward();
        Assert.True(made.grad!.abs().sum().item<float>() > 0);
        Assert.All(adversary.Trained, p => Assert.Null(p.Value.grad));
        adversary.Loss(0).backward();
        Assert.All(adversary.Trained, p => Assert.NotNull(p.Value.grad));
    }

    [Fact]
    public void Loss_WithR1_HasTheGradientOfFiniteDifferences()
    {
        using DisposeScope scope = NewDisposeScope();
        using var adversary = new PictureAdversary(Small with { R1 = 50, R1Every = 1, Alone = 1 }, 8, CPU);
        using var plain = new PictureAdversary(Small with { R1 = 0, Alone = 1 }, 8, CPU);
        Draw(adversary, 3);
        Draw(plain, 3);
        using var generator = new Generator(6);
        Tensor real = rand([2, 3, 8, 8], generator: generator), made = rand([2, 3, 8, 8], generator: generator);
        Term(adversary, real, made, 0);
        Term(plain, real, made, 0);
        Assert.True(adversary.Loss(0).item<float>() > plain.Loss(0).item<float>() + 1e-4);
        Parameter weight = adversary.Trained.Single(p => p.Name == "adversary.verdict.weight").Value;
        adversary.Loss(0).backward();
        Tensor direction = weight.grad!.div(weight.grad!.norm());
        double expected = weight.grad!.norm().item<float>(), h = 1e-2;
        double up = Moved(h), down = Moved(-2 * h);
        Assert.Equal(expected, (up - down) / (2 * h), 0.03 * expected);

        double Moved(double by)
        {
            using Scalar distance = by.ToScalar();
            using (no_grad())
            {
                weight.add_(direction, alpha: distance);
            }
            return adversary.Loss(0).item<float>();
        }
    }

    [Fact]
    public void Loss_BeforeTheStepsPictures_IsRefused()
    {
        using var adversary = new PictureAdversary(Small, 8, CPU);
        Assert.Throws<InvalidOperationException>(() => adversary.Loss(0));
    }

    [Fact]
    public void Spread_EqualAndDifferentPictures_IsZeroAndTheirDeviation()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = cat([zeros(2, 3, 2, 2), ones(2, 3, 2, 2)]), equal = ones(3, 3, 2, 2);
        Assert.Equal(0.5, StyleDiscriminator.Spread(x).max().item<float>(), 1e-3);
        Assert.Equal(0, StyleDiscriminator.Spread(equal).max().item<float>(), 1e-3);
        Assert.Equal([6, 1, 2, 2], StyleDiscriminator.Spread(rand(6, 3, 2, 2)).shape);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(48)]
    public void StyleDiscriminator_EdgesOfSeveralKinds_GivesOneVerdictAPicture(int size)
    {
        using DisposeScope scope = NewDisposeScope();
        using var network = new StyleDiscriminator(size, 8, 16, CPU);
        Tensor verdicts = network.forward(rand(3, 3, size, size));
        Assert.Equal([3, 1], verdicts.shape);
        Assert.True(verdicts.isfinite().all().item<bool>());
    }

    [Fact]
    public void StyleDiscriminator_OddEdge_IsRefused() =>
        Assert.Contains("power of two", Assert.Throws<SettingException>(() => new StyleDiscriminator(34, 8, 16, CPU)).Message, StringComparison.Ordinal);

    static Tensor? Term(PictureAdversary adversary, Tensor real, Tensor made, long step)
    {
        Parameter none = new(zeros(1));
        return adversary.Term(new(real, made, zeros([]), none), 1, step, (_, _) => { });
    }

    // Standard normal where the learning rate is equalised; small where it is not.
    static void Draw(PictureAdversary adversary, ulong seed)
    {
        using IDisposable noGradient = no_grad();
        using var generator = new Generator(seed);
        bool equalised = adversary.Trained.Any(p => p.Name == "adversary.verdict.weight");
        foreach ((string _, Parameter value) in adversary.Trained.Where(p => p.Value.dim() > 1))
        {
            value.copy_(randn(value.shape, generator: generator).mul_(Scalars.Of(equalised ? 1 : 0.05)));
        }
    }
}
