using Parti.Models.Transformer;
using Parti.Training.Configuration;
using Parti.Training.Runs;
using Parti.Training.Trainers;

namespace Parti.Training.Recipes;

/// <summary>How the demo model is trained on procedural scenes.</summary>
static class DemoRecipe
{
    const double HighestRate = 2e-3;

    // As the shipped weights were made, except that these knew tokens by their code vectors in the last two phases only, had a quarter of the
    // codes until a third of the first of them was done, and new ones in the last (docs/training.md): presence was raised and the text encoder trained once more when backgrounds and
    // the colours of two objects were seen to lag.
    static readonly TransformerPhase[] Phases =
    [
        new() { Steps = 500, Sketch = true, TextAlone = true, RelationsOnly = true, ReadingOrder = 0.85, Presence = 0.005 },
        new() { Steps = 1500, Sketch = true, TextAlone = true, RelationsOnly = true, Presence = 0.005 },
        new() { Steps = 1000, Sketch = true, Presence = 0.005, ReplacedTokens = 0.05 },
        new() { Steps = 2650, Sketch = true, Presence = 0.005 },
        new() { Steps = 2314, Sketch = true, Presence = 0.05 },
        new() { Steps = 3000, Sketch = true, TextAlone = true, Presence = 0.05 },
        new() { Steps = 1361, Sketch = true, Presence = 0.05, FirstTokenWeight = 8 },
        new() { Steps = 1900, Sketch = true, TextAlone = true, RelationsOnly = true, Presence = 0.2 },
        new() { Steps = 1500, Sketch = true, Presence = 0.05, FirstTokenWeight = 4 },
        new() { Steps = 9000, Sketch = true, Presence = 0.05, FirstTokenWeight = 4 },
        new() { Steps = 7800, FirstTokenWeight = 4 },
        new() { Steps = 3500, FirstTokenWeight = 4 },
    ];

    /// <summary>Image tokenizer: 64 px, patches of 8.</summary>
    public static VqganConfiguration Vqgan { get; } = new()
    {
        Seed = 1, Steps = 4000, Batch = 16, Architecture = PartiPresets.DemoImageTokenizer, Losses = VqganLosses.Demo,
        Rates = LearningRates.Cosine(1.5e-3), Optimiser = new() { Beta2 = 0.99, WeightDecay = 1e-4 },
    };

    /// <summary>Transformer. A code is rare in a batch of 32: a second moment that forgets between its pictures makes every one a giant step.</summary>
    public static TransformerConfiguration Transformer { get; } = new()
    {
        Seed = 2, Steps = Phases.Sum(phase => phase.Steps), Batch = 32, Architecture = PartiPresets.Demo, Phases = Phases, CodeVectors = true,
        Optimiser = new() { Beta2 = 0.99 }, Sampling = new() { GuidanceScale = 2, Temperature = 0.7f },
        Rates = new()
        {
            WarmUp = 200,
            Falls =
            [
                new() { Rate = HighestRate, Steps = 10_000 },
                new() { From = 7964, Rate = 1.2e-3, Steps = 4200 },
                new() { From = 9464, Rate = 1.5e-3, Steps = 3900 },
                new() { From = 12_325, Rate = HighestRate, Steps = 6000 },
                new() { From = 14_225, Rate = 1e-3, Steps = 1500 },
                new() { From = 15_725, Rate = 1.5e-3, Steps = 9000 },
                new() { From = 24_725, Rate = 1.5e-3, Steps = 7800 },
                new() { From = 32_525, Rate = 1.5e-3, Steps = 3500 },
            ],
        },
    };

    /// <summary>Upsampler: 64 to 256 px.</summary>
    public static UpscalerConfiguration Upscaler { get; } = new()
    {
        Seed = 3, Steps = 2000, Batch = 4, Architecture = PartiPresets.DemoUpsampler, Losses = PictureLosses.DemoUpsampler,
        Rates = LearningRates.Cosine(3e-3), Optimiser = new() { Beta2 = 0.99, WeightDecay = 0 },
    };
}
