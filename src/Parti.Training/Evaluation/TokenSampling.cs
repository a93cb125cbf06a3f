using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>Samples and weighs image tokens of many prompts at once, for scores; serving has an engine of its own.</summary>
public static class TokenSampling
{
    /// <summary>One picture a prompt. The random numbers depend on the seed and the number of prompts alone, so that settings can be compared in pairs.</summary>
    /// <param name="model">Transformer.</param>
    /// <param name="text">Text tokenizer.</param>
    /// <param name="prompts">B prompts, at most 32 for memory's sake.</param>
    /// <param name="setting">Guidance scale and temperature.</param>
    /// <param name="seed">Of this batch.</param>
    /// <returns><c>[B, N]</c>, int64.</returns>
    public static Tensor Sample(PartiTransformer model, TextTokenizer text, IReadOnlyList<string> prompts, SamplingSetting setting, ulong seed)
    {
        using var generator = new Generator(seed);
        return Sample(model, text, prompts, setting, probabilities => multinomial(probabilities, 1, generator: generator));
    }

    /// <summary>One picture a prompt, each with random numbers of its own: a prompt keeps its picture whatever stands beside it, up to the last bits of the logits.</summary>
    /// <param name="model">Transformer.</param>
    /// <param name="text">Text tokenizer.</param>
    /// <param name="prompts">B prompts, at most 32 for memory's sake.</param>
    /// <param name="setting">Guidance scale and temperature.</param>
    /// <param name="seeds">B seeds.</param>
    /// <returns><c>[B, N]</c>, int64.</returns>
    /// <exception cref="ArgumentException">There are not as many seeds as prompts.</exception>
    public static Tensor Sample(
        PartiTransformer model, TextTokenizer text, IReadOnlyList<string> prompts, SamplingSetting setting, IReadOnlyList<ulong> seeds)
    {
        if (seeds.Count != prompts.Count)
        {
            throw new ArgumentException($"{seeds.Count} seeds for {prompts.Count} prompts, allowed is one each.", nameof(seeds));
        }
        Generator[] generators = [.. seeds.Select(seed => new Generator(seed))];
        try
        {
            return Sample(model, text, prompts, setting, probabilities => DrawRows(probabilities, generators));
        }
        finally
        {
            Array.ForEach(generators, generator => generator.Dispose());
        }
    }

    static Tensor Sample(
        PartiTransformer model, TextTokenizer text, IReadOnlyList<string> prompts, SamplingSetting setting, Func<Tensor, Tensor> draw)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int b = prompts.Count, n = model.Architecture.ImageTokens;
        string[] texts = setting.Guidance == 1 ? [.. prompts] : [.. prompts, .. prompts.Select(_ => "")];
        using DecoderCache cache = Enter(model, text, texts);
        Tensor tokens = zeros(b, n, ScalarType.Int64), previous = Rows(texts.Length, model.Architecture.CodebookSize);
        for (int p = 0; p < n; p++)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor drawn = Draw(Guide(cache.Step(previous, Rows(texts.Length, p)), b, setting.Guidance), setting.Temperature, draw);
            tokens.narrow(1, p, 1).copy_(drawn);
            previous.copy_(drawn.squeeze(1).repeat(texts.Length / b));
        }
        return tokens.MoveToOuterDisposeScope();
    }

    /// <summary>Negative log-likelihood of whole pictures.</summary>
    /// <param name="model">Transformer.</param>
    /// <param name="text">Text tokenizer.</param>
    /// <param name="prompts">B prompts, at most 32 for memory's sake.</param>
    /// <param name="tokens">Image tokens <c>[B, N]</c>, int64.</param>
    /// <returns>Nats a picture, <c>[B]</c>.</returns>
    public static Tensor Surprise(PartiTransformer model, TextTokenizer text, IReadOnlyList<string> prompts, Tensor tokens)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (Tensor ids, Tensor mask) = TextBatch.Build(text, model.Architecture.MaxTextTokens, prompts);
        Tensor logits = model.DecodeTrain(tokens, model.EncodeText(ids, mask), mask);
        Tensor each = nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten(), reduction: nn.Reduction.None);
        return each.reshape(tokens.shape).sum(1).MoveToOuterDisposeScope();
    }

    /// <summary>Guided logits of every position of given pictures.</summary>
    /// <param name="model">Transformer.</param>
    /// <param name="text">Text tokenizer.</param>
    /// <param name="prompts">B prompts, at most 32 for memory's sake.</param>
    /// <param name="tokens">Image tokens <c>[B, N]</c>, int64.</param>
    /// <param name="guidance">λ in <c>u + λ(c − u)</c>.</param>
    /// <returns><c>[B, N, V]</c>.</returns>
    public static Tensor NextLogits(PartiTransformer model, TextTokenizer text, IReadOnlyList<string> prompts, Tensor tokens, double guidance)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        string[] texts = guidance == 1 ? [.. prompts] : [.. prompts, .. prompts.Select(_ => "")];
        (Tensor ids, Tensor mask) = TextBatch.Build(text, model.Architecture.MaxTextTokens, texts);
        Tensor logits = model.DecodeTrain(tokens.repeat(texts.Length / prompts.Count, 1), model.EncodeText(ids, mask), mask);
        return Guide(logits, prompts.Count, guidance).MoveToOuterDisposeScope();
    }

    static Tensor Rows(int count, long value) => tensor(Enumerable.Repeat(value, count).ToArray());

    static Tensor Guide(Tensor logits, int b, double guidance)
    {
        if (logits.shape[0] == b)
        {
            return logits;
        }
        using Scalar scale = guidance.ToScalar();
        Tensor conditional = logits.narrow(0, 0, b), unconditional = logits.narrow(0, b, b);
        return unconditional.add(conditional.sub(unconditional), scale);
    }

    static Tensor Draw(Tensor logits, double temperature, Func<Tensor, Tensor> draw)
    {
        if (temperature == 0)
        {
            return logits.argmax(-1, keepdim: true);
        }
        using Scalar divisor = temperature.ToScalar();
        return draw(logits.div(divisor).softmax(-1));
    }

    static Tensor DrawRows(Tensor probabilities, Generator[] generators)
    {
        using DisposeScope scope = NewDisposeScope();
        return cat([.. generators.Select((generator, row) => multinomial(probabilities.narrow(0, row, 1), 1, generator: generator))]).MoveToOuterDisposeScope();
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
