using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Parti.Abstractions;

namespace Parti.Silo.Http.OpenAi;

/// <summary>What to draw and how.</summary>
// The reference is made of these types; ImageCallReader and EditBody read the fields.
internal record ImageFields
{
    [Description("What to draw; at most 16 KiB of UTF-8.")]
    public string? Prompt { get; init; }

    [Description("A served model; the default model where it is left out.")]
    public string? Model { get; init; }

    [Description("Number of pictures.")]
    [Range(1, 64)]
    public int N { get; init; } = 1;

    [Description("WxH of the model, such as 256x256, or auto.")]
    public string Size { get; init; } = "auto";

    [Description("How pictures are answered; a stream has bytes only.")]
    [AllowedValues("b64_json", "url")]
    public string ResponseFormat { get; init; } = "b64_json";

    [Description("Format of the pictures.")]
    [AllowedValues("png", "jpeg", "webp")]
    public string OutputFormat { get; init; } = "png";

    [Description("Quality of JPEG and WebP pictures.")]
    [Range(0, 100)]
    public int? OutputCompression { get; init; }

    [Description("Pictures have no transparency.")]
    [AllowedValues("auto", "opaque")]
    public string Background { get; init; } = "auto";

    [Description("Whether the answer is a stream of server-sent events.")]
    public bool Stream { get; init; }

    [Description("Pictures so far of each image in the stream.")]
    [Range(0, 3)]
    public int PartialImages { get; init; }

    [Description("There is one quality; the word is handed back.")]
    [AllowedValues("auto", "low", "medium", "high", "standard", "hd")]
    public string Quality { get; init; } = "auto";

    [Description("Without effect.")]
    [AllowedValues("vivid", "natural")]
    public string? Style { get; init; }

    [Description("Without effect.")]
    [AllowedValues("auto", "low")]
    public string? Moderation { get; init; }

    [Description("Without effect.")]
    public string? User { get; init; }

    [Description("Seed of every random number, 0 to 2^64 − 1; drawn where it is left out.")]
    public ulong? Seed { get; init; }

    [Description("What the pictures should not show.")]
    public string? NegativePrompt { get; init; }

    [Description("Guidance scale; 1 means none. The model's own where it is left out.")]
    [Range(0.0, 50)]
    public double? GuidanceScale { get; init; }

    [Description("Temperature; 0 takes the likeliest token.")]
    [Range(0.0, 10)]
    public double? Temperature { get; init; }

    [Description("Candidates kept per token, 0 for all.")]
    [Range(0, int.MaxValue)]
    public int? TopK { get; init; }

    [Description("Probability mass kept per token, above 0.")]
    [Range(0.0, 1)]
    public double? TopP { get; init; }

    [Description("How urgent it is.")]
    public JobPriority Priority { get; init; } = JobPriority.Normal;

    [Description("Candidates to draw, of which the best n are answered, best first; 1 chooses nothing.")]
    [Range(1, 64)]
    public int? BestOf { get; init; }

    [Description("Without effect.")]
    [AllowedValues("low", "high")]
    public string? InputFidelity { get; init; }
}

/// <summary>What to draw and how, beside the pictures.</summary>
internal record PictureFields : ImageFields
{
    [Description("Share of the picture that is drawn again where there is no mask, above 0.")]
    [Range(0.0, 1)]
    public double Strength { get; init; } = 0.5;
}

/// <summary>A picture, what to draw, and how.</summary>
internal record VariationFields : PictureFields
{
    [Description("One picture; a data URL of PNG, JPEG or WebP.")]
    public required IReadOnlyList<ImageReference> Images { get; init; }
}

/// <summary>A picture, where and what to draw in it, and how.</summary>
internal record EditFields : VariationFields
{
    [Description("Drawn again where it is transparent; of the picture's size. Left out, the picture's own transparency counts.")]
    public ImageReference? Mask { get; init; }
}

/// <summary>A picture in JSON.</summary>
internal sealed record ImageReference
{
    [Description("data:image/png;base64,…")]
    public required string ImageUrl { get; init; }
}
