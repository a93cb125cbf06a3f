namespace Parti.EndToEnd.Tests;

/// <summary>Trainings of networks so small that a step takes milliseconds, over pictures in a folder.</summary>
internal static class TinyTraining
{
    private const string Stack = """{ "layers": 1, "width": 16, "mlp_width": 16, "heads": 2 }""";

    /// <summary>Image tokenizer with everything that has state of its own: average, accumulation, codebook, discriminator.</summary>
    internal const string Vqgan = $$"""
        {
          "steps": 300, "batch": 2, "accumulate": 2, "average": 0.9, "report_every": 5, "samples_every": 120, "checkpoint_seconds": 0.1,
          "architecture": {
            "image_size": 64, "patch_size": 8, "codebook_size": 32, "codebook_dim": 4,
            "encoder": { "layers": 0, "width": 16, "mlp_width": 16, "heads": 2 }, "decoder": {{Stack}}
          },
          "losses": { "l2": 1, "adversarial": 0.1 },
          "codebook": { "free_steps": 40 },
          "adversary": { "kind": "patch", "channels": 8, "most_channels": 16, "begin": 60, "alone": 20, "ramp": 20 }
        }
        """;

    /// <summary>Transformer by Adafactor, a tenth of its activations dropped and all computed again, image tokens known by their codes.</summary>
    internal const string Transformer = """
        {
          "steps": 200, "batch": 4, "report_every": 5, "samples_every": 150, "checkpoint_seconds": 0.1, "recompute": true, "dropout": 0.1, "code_vectors": true,
          "architecture": { "encoder_layers": 1, "decoder_layers": 1, "width": 32, "mlp_width": 32, "heads": 2 },
          "optimiser": { "kind": "adafactor" }
        }
        """;

    /// <summary>Upsampler.</summary>
    internal const string Upscaler = """
        { "steps": 6, "batch": 1, "report_every": 2, "samples_every": 6, "architecture": { "factor": 2, "blocks": 1, "channels": 4, "expansion": 2 } }
        """;

    /// <summary>Writes a configuration.</summary>
    /// <returns>Its file.</returns>
    internal static string Write(string folder, string name, string json)
    {
        string file = Path.Combine(folder, name + ".json");
        File.WriteAllText(file, json);
        return file;
    }
}
