using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Inference.Sampling;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Llama;
using Parti.Models.Families.Parity;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>Logits and greedy pictures of a decoder-only family's fixture by the kernels and the sampler that serve.</summary>
sealed class PrefixKernelParity
{
    private const string Way = "kernels";

    private readonly IReadOnlyList<(float[] States, int Length)> _prefixes;
    private readonly KernelDecoder _decoder;
    private readonly int _pictures, _tokens, _vocabulary;

    private PrefixKernelParity(PrefixFixture opened, KernelDecoder decoder)
    {
        LlamaArchitecture sizes = opened.Model.Trunk.Sizes;
        (_decoder, _pictures, _tokens, _vocabulary) = (decoder, opened.Prompts.Count, sizes.ImageTokens, sizes.CodebookSize);
        _prefixes = [.. opened.Prompts.Concat(opened.Others).Select(prefix => (prefix.contiguous().data<float>().ToArray(), (int)prefix.shape[1]))];
    }

    /// <summary>The outputs.</summary>
    /// <param name="fixture">The fixture.</param>
    /// <param name="open">What it gives.</param>
    public static IReadOnlyList<FixtureOutput> Run(Fixture fixture, Func<Fixture, PrefixFixture> open)
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using PrefixFixture opened = open(fixture);
        int rows = 2 * opened.Prompts.Count;
        using KernelDecoder decoder = new(PrefixKernels.Take(opened.Model, rows, WeightFormat.Float32), rows, torch.get_num_threads());
        PrefixKernelParity run = new(opened, decoder);
        List<FixtureOutput> outputs = [.. opened.Greedy.Select(greedy => new FixtureOutput(greedy.Name, run.Greedy(greedy.Scale)) { Way = Way })];
        if (fixture.Contains(opened.Forced))
        {
            long[] tokens = fixture.Read(PrefixFixture.ForcedTokens).data<long>().ToArray();
            torch.Tensor logits = run.Forced(tokens);
            outputs.Add(new(opened.Forced, opened.Arrange(logits.narrow(0, 0, run._pictures), logits.narrow(0, run._pictures, run._pictures))) { Way = Way });
        }
        outputs.ForEach(output => output.Values.MoveToOuterDisposeScope());
        return outputs;
    }

    // [2 B, N, V], prompts first.
    private torch.Tensor Forced(long[] tokens)
    {
        float[] logits = new float[2 * _pictures * _tokens * _vocabulary];
        Decode((row, position) => (int)tokens[row % _pictures * _tokens + position], position =>
        {
            for (int row = 0; row < 2 * _pictures; row++)
            {
                _decoder.Logits(row).CopyTo(logits.AsSpan((row * _tokens + position) * _vocabulary));
            }
        });
        return torch.tensor(logits, [2 * _pictures, _tokens, _vocabulary]);
    }

    // [B, N].
    private torch.Tensor Greedy(Func<int, double> scale)
    {
        TokenSampler sampler = new(_vocabulary);
        long[] tokens = new long[_pictures * _tokens];
        Decode((row, position) => (int)tokens[row % _pictures * _tokens + position], position =>
        {
            SamplingParams likeliest = new((float)scale(position), 0, 0, 1);
            for (int picture = 0; picture < _pictures; picture++)
            {
                tokens[picture * _tokens + position] = sampler.Sample(_decoder.Logits(picture), _decoder.Logits(_pictures + picture), likeliest, new(0, 0, position));
            }
        });
        return torch.tensor(tokens, [_pictures, _tokens]);
    }

    private void Decode(Func<int, int, int> token, Action<int> decided)
    {
        for (int row = 0; row < _prefixes.Count; row++)
        {
            _decoder.Enter(row, _prefixes[row].States, _prefixes[row].Length);
        }
        for (int position = 1 - _prefixes.Max(prefix => prefix.Length); position < _tokens; position++)
        {
            DecodeRow[] rows = [.. Enumerable.Range(0, _prefixes.Count).Where(row => position > -_prefixes[row].Length)
                .Select(row => new DecodeRow(row, position <= 0 ? -1 : token(row, position - 1), position))];
            _decoder.Step(rows);
            if (position >= 0)
            {
                decided(position);
            }
        }
    }
}
