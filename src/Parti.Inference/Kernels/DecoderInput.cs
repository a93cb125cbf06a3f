using Parti.Inference.Execution;

namespace Parti.Inference.Kernels;

/// <summary>What a token at a position becomes before the first layer.</summary>
abstract unsafe class DecoderInput : IDisposable
{
    /// <summary>Starts a row of the caches anew.</summary>
    /// <inheritdoc cref="IStepDecoder.Enter" path="/param"/>
    public virtual void Enter(int row, float[] states, int tokens)
    {
    }

    /// <summary>Where a row of a step is in the caches.</summary>
    /// <param name="row">Token and position.</param>
    public virtual StepRow Place(DecodeRow row) => new(row.Row, row.Position, 0);

    /// <summary>Fills a row.</summary>
    /// <param name="row">Token and position.</param>
    /// <param name="x"><c>[D]</c>.</param>
    public abstract void Embed(DecodeRow row, float* x);

    /// <inheritdoc />
    public abstract void Dispose();
}

/// <summary>Token + row of the grid + column of the grid.</summary>
/// <param name="sizes">Sizes.</param>
/// <param name="tokens">Image tokens and the start of the image <c>[V + 1, D]</c>.</param>
/// <param name="rows">Rows of the grid <c>[rows, D]</c>.</param>
/// <param name="columns">Columns of the grid <c>[columns, D]</c>.</param>
sealed unsafe class GridInput(DecoderSizes sizes, float[] tokens, float[] rows, float[] columns) : DecoderInput
{
    readonly NativeFloats _tokens = NativeFloats.Of(tokens), _rows = NativeFloats.Of(rows), _columns = NativeFloats.Of(columns);

    public override void Embed(DecodeRow row, float* x)
    {
        int d = sizes.Width, token = row.Token < 0 ? sizes.Vocabulary : row.Token;
        _tokens.Span((long)token * d, d).CopyTo(new Span<float>(x, d));
        RowMath.Add(x, _rows.Pointer + (long)(row.Position / sizes.GridWidth) * d, d);
        RowMath.Add(x, _columns.Pointer + (long)(row.Position % sizes.GridWidth) * d, d);
    }

    public override void Dispose()
    {
        _tokens.Dispose();
        _rows.Dispose();
        _columns.Dispose();
    }
}

/// <summary>Token + learned position, then a norm.</summary>
/// <param name="start">Token that stands for the start of the image.</param>
/// <param name="tokens">Image tokens, <paramref name="start"/> among them <c>[rows, D]</c>.</param>
/// <param name="positions"><c>[N, D]</c>.</param>
/// <param name="norm">Over D; owned from now on.</param>
sealed unsafe class NormedInput(int start, float[] tokens, float[] positions, NormWeights norm) : DecoderInput
{
    readonly NativeFloats _tokens = NativeFloats.Of(tokens), _positions = NativeFloats.Of(positions);

    public override void Embed(DecodeRow row, float* x)
    {
        int d = norm.Width, token = row.Token < 0 ? start : row.Token;
        _tokens.Span((long)token * d, d).CopyTo(new Span<float>(x, d));
        RowMath.Add(x, _positions.Pointer + (long)row.Position * d, d);
        norm.Apply(x, x);
    }

    public override void Dispose()
    {
        _tokens.Dispose();
        _positions.Dispose();
        norm.Dispose();
    }
}
