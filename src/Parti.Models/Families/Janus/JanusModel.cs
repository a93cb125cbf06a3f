using Parti.Models.Families.Llama;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.Janus;

/// <summary>Sizes of Janus beyond its trunk.</summary>
public sealed record JanusSizes
{
    /// <summary>Rows of the text table, at least the tokenizer's ids: 8 to 1,048,576.</summary>
    public required int TextVocabulary { get; init; }

    /// <summary>Features of an image token before the aligner: 2 to 1,024.</summary>
    public required int ImageFeatures { get; init; }

    /// <summary>Width between the two matrices of the head: 8 to 65,536.</summary>
    public required int HeadHidden { get; init; }

    /// <summary>Id that fills an unconditional prompt between its first and last id.</summary>
    public required int PadId { get; init; }

    /// <summary>Id that begins every prompt; below 0 where prompts have none.</summary>
    public required int BeginId { get; init; }

    /// <summary>Id that ends every prompt: the image begins.</summary>
    public required int ImageId { get; init; }
}

/// <summary>
/// The picture-making half of Janus and Janus-Pro (Wu et al. 2024, Chen et al. 2025): a LLaMA over the ids of a prompt and then over image
/// tokens, which have a table, an aligner and a head of their own.
/// Legend: B rows, T prompt tokens, D width, V codebook size.
/// </summary>
public sealed class JanusModel : PrefixDecoder
{
    private readonly Embedding text_embedding, image_embedding;
    private readonly TwoLayers aligner, head;
    private readonly LlamaTrunk trunk;
    private readonly JanusSizes _sizes;

    /// <summary>Allocates a model with random weights.</summary>
    /// <param name="trunkSizes">Sizes of the trunk.</param>
    /// <param name="sizes">Sizes of the rest.</param>
    /// <param name="device">Where the weights are; meta allocates nothing.</param>
    public JanusModel(LlamaArchitecture trunkSizes, JanusSizes sizes, Device? device = null)
        : base(nameof(JanusModel))
    {
        _sizes = sizes;
        int d = trunkSizes.Width;
        text_embedding = nn.Embedding(sizes.TextVocabulary, d, device: device);
        image_embedding = nn.Embedding(trunkSizes.CodebookSize, sizes.ImageFeatures, device: device);
        aligner = new(sizes.ImageFeatures, d, d, device);
        trunk = new(trunkSizes, device);
        head = new(d, sizes.HeadHidden, trunkSizes.CodebookSize, device);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override LlamaTrunk Trunk => trunk;

    /// <summary>Prefixes of prompts.</summary>
    /// <param name="ids">Prompt ids <c>[B, T]</c>, int64.</param>
    /// <returns><c>[B, T, D]</c>.</returns>
    public Tensor Prompts(Tensor ids) => text_embedding.forward(ids);

    /// <inheritdoc />
    /// <remarks>The prompt with all ids but the first and the last replaced by padding, which is seen like any other id.</remarks>
    public override Tensor Unconditional(int length)
    {
        long[] ids = new long[length];
        Array.Fill(ids, _sizes.PadId);
        if (_sizes.BeginId >= 0)
        {
            ids[0] = _sizes.BeginId;
        }
        ids[^1] = _sizes.ImageId;
        using DisposeScope scope = NewDisposeScope();
        return Prompts(tensor(ids, [1, length], device: text_embedding.weight!.device)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor EmbedImage(Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        return aligner.forward(image_embedding.forward(tokens)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor Logits(Tensor states) => head.forward(states);
}

/// <summary>Two matrices with biases around an exact GELU.</summary>
sealed class TwoLayers : nn.Module<Tensor, Tensor>
{
    private readonly Projection inner, outer;

    internal TwoLayers(int inputs, int hidden, int outputs, Device? device)
        : base(nameof(TwoLayers))
    {
        inner = new(inputs, hidden, withBias: true, device: device) { KeepsFloat32 = true };
        outer = new(hidden, outputs, withBias: true, device: device) { KeepsFloat32 = true };
        RegisterComponents();
    }

    /// <summary><c>[…, inputs]</c> to <c>[…, outputs]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return outer.forward(nn.functional.gelu(inner.forward(input))).MoveToOuterDisposeScope();
    }
}
