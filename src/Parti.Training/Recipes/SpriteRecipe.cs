using Parti.Training.Configuration;
using Parti.Training.Runs;

namespace Parti.Training.Recipes;

/// <summary>
/// How the second demo is trained on scenes of sprites. Its transformer is meant to begin with the demo's (setting <c>start</c>), which knows of sides
/// and numbers already; what the things are called and look like is new to it.
/// </summary>
static class SpriteRecipe
{
    const int TextAlone = 500, Everything = 6300;

    /// <summary>Image tokenizer: the demo's with a layer more in the decoder, as sprites are shaded.</summary>
    public static VqganConfiguration Vqgan { get; } = DemoRecipe.Vqgan with
    {
        Seed = 21,
        Steps = 4500,
        Architecture = DemoRecipe.Vqgan.Architecture with { Decoder = DemoRecipe.Vqgan.Architecture.Decoder with { Layers = 3 } },
    };

    /// <summary>More codes.</summary>
    public static CodesConfiguration Codes { get; } = new()
    {
        Seed = 6, Codes = 2048, Steps = 400, Batch = 32, Rates = LearningRates.Cosine(3e-3), Optimiser = new() { Beta2 = 0.99, WeightDecay = 0 },
    };

    /// <summary>Transformer.</summary>
    public static TransformerConfiguration Transformer { get; } = DemoRecipe.Transformer with
    {
        Seed = 31,
        Steps = TextAlone + Everything,
        Phases =
        [
            new() { Steps = TextAlone, TextAlone = true, Sketch = true, Presence = 0.05 },
            new() { Steps = Everything, Sketch = true, Presence = 0.05, FirstTokenWeight = 4 },
        ],
        Rates = LearningRates.Cosine(2e-3, 150),
        Sampling = new() { GuidanceScale = 1.5f, Temperature = 0.7f },
    };
}
