namespace Parti.Inference.Kernels;

/// <summary>
/// One decoder layer: residual branches in their order. Each begins with a norm; a branch with a second norm has it inside the branch,
/// after its last matrix (NormFormer).
/// </summary>
/// <param name="self">Attention to the image tokens so far.</param>
/// <param name="cross">Attention to the text; null where the text is a prefix.</param>
/// <param name="feedForward">The feed-forward layer.</param>
sealed class LayerWeights(SelfAttentionWeights self, CrossAttentionWeights? cross, FeedForwardWeights feedForward) : IDisposable
{
    /// <summary>Attention to the image tokens so far.</summary>
    public SelfAttentionWeights Self => self;

    /// <summary>Attention to the text; null where the text is a prefix.</summary>
    public CrossAttentionWeights? Cross => cross;

    /// <summary>The feed-forward layer.</summary>
    public FeedForwardWeights FeedForward => feedForward;

    /// <summary>Bytes of matrices that one step reads.</summary>
    public long StepBytes =>
        self.Projections.Bytes + self.Output.Bytes + (cross is null ? 0 : cross.Query.Bytes + cross.Output.Bytes) + feedForward.Up.Bytes + feedForward.Down.Bytes;

    /// <inheritdoc />
    public void Dispose()
    {
        self.Dispose();
        cross?.Dispose();
        feedForward.Dispose();
    }
}

/// <summary>Self-attention.</summary>
/// <param name="Norm">Before it.</param>
/// <param name="Projections">Queries, keys and values <c>[D + 2 G E, D]</c>.</param>
/// <param name="Output"><c>[D, D]</c>.</param>
/// <param name="LastNorm">After the output, before it is added; null for none.</param>
sealed record SelfAttentionWeights(NormWeights Norm, PackedMatrix Projections, PackedMatrix Output, NormWeights? LastNorm = null) : IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        Norm.Dispose();
        Projections.Dispose();
        Output.Dispose();
        LastNorm?.Dispose();
    }
}

/// <summary>Cross-attention.</summary>
/// <param name="Norm">Before it.</param>
/// <param name="Query"><c>[D, D]</c>.</param>
/// <param name="Text">Keys and values of text states <c>[2 D, D]</c>; read once a prompt.</param>
/// <param name="Output"><c>[D, D]</c>.</param>
/// <param name="LastNorm">After the output, before it is added; null for none.</param>
sealed record CrossAttentionWeights(NormWeights Norm, PackedMatrix Query, PackedMatrix Text, PackedMatrix Output, NormWeights? LastNorm = null) : IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        Norm.Dispose();
        Query.Dispose();
        Text.Dispose();
        Output.Dispose();
        LastNorm?.Dispose();
    }
}

/// <summary>What stands between the two matrices of a feed-forward layer.</summary>
enum FeedForwardKind
{
    /// <summary>A ReLU.</summary>
    Rectified,

    /// <summary>The product of two halves, the first through a GELU.</summary>
    GeluGated,

    /// <summary>The product of two halves, the first through a SiLU.</summary>
    SiluGated,
}

/// <summary>A feed-forward layer.</summary>
/// <param name="Norm">Before it.</param>
/// <param name="Kind">What stands between the matrices.</param>
/// <param name="Up"><c>[F, D]</c>; gated: gate and linear half one below the other, <c>[2 F, D]</c>.</param>
/// <param name="Down"><c>[D, F]</c>.</param>
/// <param name="HiddenNorm">Before the last matrix, over F; null for none.</param>
sealed record FeedForwardWeights(NormWeights Norm, FeedForwardKind Kind, PackedMatrix Up, PackedMatrix Down, NormWeights? HiddenNorm = null) : IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        Norm.Dispose();
        Up.Dispose();
        Down.Dispose();
        HiddenNorm?.Dispose();
    }
}
