using Parti.Models.Layers;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>Samples image tokens of many prompts at once, for scores; serving has an engine of its own.</summary>
public static class TokenSampling
{
    /// <summary>One picture a prompt.</summary>
    /// <param name="model">Transformer.</param>
    /// <param name="text">Text tokenizer.</param>
    /// <param name="prompts">B prompts, at most 32 for memory's sake.</param>
    /// <param name="guidance">λ in <c>u + λ(c − u)</c>; 1 for none.</param>
    /// <param name="temperature">Above 0.</param>
    /// <param name="seed">Of this batch.</param>
    /// <returns><c>[B, N]</c>, int64.</returns>
    public static Tensor Sample(PartiTransformer model, TextTokenizer text, IReadOnlyList<string> prompts, double guidance, double temperature, ulong seed)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(seed);
        int b = prompts.Count, n = model.Architecture.ImageTokens;
        string[] texts = guidance == 1 ? [.. prompts] : [.. prompts, .. prompts.Select(_ => "")];
        using DecoderCache cache = Enter(model, text, texts);
        Tensor tokens = zeros(b, n, ScalarType.Int64), previous = full([texts.Length], Scalars.Of(model.Architecture.CodebookSize), ScalarType.Int64);
        for (int p = 0; p < n; p++)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor logits = cache.Step(previous, full([texts.Length], Scalars.Of(p), ScalarType.Int64));
            Tensor guided = guidance == 1 ? logits : logits.narrow(0, b, b).lerp(logits.narrow(0, 0, b), guidance);
            Tensor drawn = multinomial(guided.div(Scalars.Of(temperature)).softmax(-1), 1, generator: generator);
            tokens.narrow(1, p, 1).copy_(drawn);
            previous.copy_(drawn.squeeze(1).repeat(texts.Length / b));
        }
        return tokens.MoveToOuterDisposeScope();
    }

    static DecoderCache Enter(PartiTransformer model, TextTokenizer text, string[] texts)
    {
        using DisposeScope scope = NewDisposeScope();
        int length = model.Architecture.MaxTextTokens;
        (Tensor ids, Tensor mask) = TextBatch.Build(text, length, texts);
        Tensor states = nn.functional.pad(model.EncodeText(ids, mask), [0, 0, 0, length - ids.shape[1]]);
        Tensor masks = nn.functional.pad(mask, [0, length - ids.shape[1]]);
        var cache = new DecoderCache(model, texts.Length);
        for (int i = 0; i < texts.Length; i++)
        {
            cache.Enter(i, states.narrow(0, i, 1), masks.narrow(0, i, 1));
        }
        return cache;
    }
}
