using Parti.Inference.Execution;
using TorchSharp;

namespace Parti.Inference.Tests.Engine;

/// <summary>Networks whose logits show the row count or the row, as some library kernels do.</summary>
sealed class SkewedNetworks(Func<long, long, float> skew) : IModelNetworks
{
    readonly TinyNetworks _inner = new();

    public torch.Device Device => _inner.Device;

    public int MaxTextTokens => _inner.MaxTextTokens;

    public int TextWidth => _inner.TextWidth;

    public int Vocabulary => _inner.Vocabulary;

    public int ImageTokens => _inner.ImageTokens;

    public torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask) => _inner.EncodeText(ids, mask);

    public IDecodeCache NewCache(int rows) => new Cache(_inner.NewCache(rows), skew);

    public torch.Tensor DecodePicture(torch.Tensor tokens) => _inner.DecodePicture(tokens);

    public torch.Tensor EncodePicture(torch.Tensor picture) => _inner.EncodePicture(picture);

    public torch.Tensor Upscale(torch.Tensor picture) => _inner.Upscale(picture);

    public void Dispose() => _inner.Dispose();

    sealed class Cache(IDecodeCache inner, Func<long, long, float> skew) : IDecodeCache
    {
        public void Enter(int row, torch.Tensor states, torch.Tensor mask) => inner.Enter(row, states, mask);

        public torch.Tensor Step(torch.Tensor tokens, torch.Tensor positions)
        {
            torch.Tensor logits = inner.Step(tokens, positions);
            for (long row = 0; row < tokens.shape[0]; row++)
            {
                logits[row].add_(skew(tokens.shape[0], row));
            }
            return logits;
        }

        public void Dispose() => inner.Dispose();
    }
}
