using Parti.Models.Families.Llama;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.LlamaGen;

/// <summary>What a LlamaGen model draws pictures of.</summary>
public enum LlamaGenCondition
{
    /// <summary>One of some classes: the prefix is one embedding.</summary>
    Class,

    /// <summary>A caption: the prefix is its T5 states, projected.</summary>
    Caption,
}

/// <summary>
/// LlamaGen (Sun et al. 2024): a decoder of the LLaMA type over image tokens behind a class or a caption. A caption's prefix is as long as
/// the caption: the original pads it on the left up to 120 and hides the padding, and as prefix positions are not turned at all, leaving
/// them out changes nothing.
/// Legend: B rows, T caption tokens, C caption features, D width.
/// </summary>
public sealed class LlamaGenModel : PrefixDecoder
{
    private readonly Embedding image_embedding;
    private readonly Embedding? class_embedding;
    private readonly CaptionProjector? caption;
    private readonly Parameter? unconditional;
    private readonly LlamaTrunk trunk;
    private readonly Projection head;

    /// <summary>Allocates a model with random weights.</summary>
    /// <param name="sizes">Sizes of the decoder.</param>
    /// <param name="condition">What comes before the image.</param>
    /// <param name="features">Classes, or features C of a caption's token.</param>
    /// <param name="device">Where the weights are; meta allocates nothing.</param>
    public LlamaGenModel(LlamaArchitecture sizes, LlamaGenCondition condition, int features, Device? device = null)
        : base(nameof(LlamaGenModel))
    {
        (Condition, Features) = (condition, features);
        image_embedding = nn.Embedding(sizes.CodebookSize, sizes.Width, device: device);
        if (condition == LlamaGenCondition.Class)
        {
            class_embedding = nn.Embedding(features + 1, sizes.Width, device: device);
        }
        else
        {
            caption = new(features, sizes.Width, device);
            unconditional = new Parameter(randn(sizes.MaxPrefix, features, device: device));
        }
        trunk = new(sizes, device);
        head = new(sizes.Width, sizes.CodebookSize, device: device) { KeepsFloat32 = true };
        RegisterComponents();
    }

    /// <summary>What comes before the image.</summary>
    public LlamaGenCondition Condition { get; }

    /// <summary>Classes, or features C of a caption's token.</summary>
    public int Features { get; }

    /// <inheritdoc />
    public override LlamaTrunk Trunk => trunk;

    /// <summary>Prefixes of classes.</summary>
    /// <param name="classes">Class numbers <c>[B]</c>, int64; the number of classes itself stands for none.</param>
    /// <returns><c>[B, 1, D]</c>.</returns>
    public Tensor Classes(Tensor classes) => class_embedding!.forward(classes.unsqueeze(1));

    /// <summary>Prefixes of captions, every token on its own.</summary>
    /// <param name="states">T5 states <c>[B, T, C]</c>.</param>
    /// <returns><c>[B, T, D]</c>.</returns>
    public Tensor Captions(Tensor states) => caption!.forward(states);

    /// <inheritdoc />
    /// <remarks>
    /// Class models have an embedding for no class. Caption models have learned features for no caption, under the mask of the caption
    /// beside them: with left padding the last ones.
    /// </remarks>
    public override Tensor Unconditional(int length)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor prefix = unconditional is null
            ? Classes(tensor([(long)Features], device: class_embedding!.weight!.device))
            : Captions(unconditional.narrow(0, Trunk.Sizes.MaxPrefix - length, length).unsqueeze(0));
        return prefix.MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor EmbedImage(Tensor tokens) => image_embedding.forward(tokens);

    /// <inheritdoc />
    public override Tensor Logits(Tensor states) => head.forward(states);
}

/// <summary>Caption features to inputs of the trunk: two matrices around a GELU (tanh form), no biases.</summary>
sealed class CaptionProjector : nn.Module<Tensor, Tensor>
{
    private readonly Projection inner, outer;

    internal CaptionProjector(int features, int width, Device? device)
        : base(nameof(CaptionProjector))
    {
        inner = new(features, width, device: device);
        outer = new(width, width, device: device);
        RegisterComponents();
    }

    /// <summary><c>[…, C]</c> to <c>[…, D]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return outer.forward(inner.forward(input).GeluTanh()).MoveToOuterDisposeScope();
    }
}
