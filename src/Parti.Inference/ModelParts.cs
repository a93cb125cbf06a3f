namespace Parti.Inference;

/// <summary>Networks of a model. A worker that serves some stages loads what they need and nothing else.</summary>
[Flags]
public enum ModelParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The text encoder: prompts to text states.</summary>
    Text = 1,

    /// <summary>The decoder of image tokens.</summary>
    Decoder = 2,

    /// <summary>The image tokenizer: tokens to pictures, and pictures that are edited to tokens.</summary>
    Pictures = 4,

    /// <summary>The upsampler.</summary>
    Upsampler = 8,

    /// <summary>The whole model.</summary>
    All = Text | Decoder | Pictures | Upsampler,
}
