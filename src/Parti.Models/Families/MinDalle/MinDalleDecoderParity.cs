using Parti.Models.Checkpoints;
using Parti.Models.Families.Parity;
using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Families.MinDalle;

/// <summary>The decoder's outputs of a fixture. Rows are those of the original: all unconditional ones, then all conditional ones.</summary>
internal sealed class MinDalleDecoderParity(Fixture fixture, MinDalleTransformer network)
{
    // What the manifest's description of forced.cfg_logits names.
    private const double ForcedScale = 16;

    private readonly int _codes = network.Decoder.Architecture.CodebookSize, _length = network.Decoder.Architecture.ImageTokens;

    /// <summary>The outputs whose inputs the fixture has.</summary>
    internal IReadOnlyList<FixtureOutput> Run()
    {
        using DisposeScope scope = NewDisposeScope();
        List<FixtureOutput> outputs = [];
        if (fixture.Contains("forced.image_tokens"))
        {
            outputs.AddRange(Forced());
        }

        for (int run = 0; fixture.Contains($"greedy{run}.image_tokens"); run++)
        {
            outputs.Add(new($"greedy{run}.image_tokens", Greedy((long)Number($"greedy{run}.prompt_index"), Number($"greedy{run}.supercondition_factor"))));
        }

        outputs.ForEach(output => output.Values.DetachFromDisposeScope());
        return outputs;
    }

    private List<FixtureOutput> Forced()
    {
        Tensor images = fixture.Read("forced.image_tokens");
        long[] steps = fixture.Read("forced.steps").data<long>().ToArray();
        (Tensor states, Tensor mask) = MinDalleParity.Encode(fixture, network, (long)Number("forced.text_prompt_index"));
        List<FixtureOutput> outputs = FirstStep(states, mask, images.shape[0]);
        using DecoderCache cache = Enter(states, mask, (int)images.shape[0]);
        List<Tensor> logits = [];
        for (int position = 0; position <= steps.Max(); position++)
        {
            Tensor previous = position == 0 ? full([images.shape[0]], Scalars.Of(_codes), ScalarType.Int64) : images.select(1, position - 1);
            Tensor all = Step(cache, previous, position);
            if (steps.Contains(position))
            {
                logits.Add(all);
            }
        }

        Tensor stacked = stack(logits, 1);
        outputs.Add(new("forced.logits", stacked));
        outputs.Add(new("forced.cfg_logits", Guide(stacked, ForcedScale), FixtureOutput.GuidedTolerance));
        outputs.AddRange(Weights(stacked.select(1, Array.IndexOf(steps, 0L))));
        return outputs;
    }

    // One position attends to itself alone, so that no cache is needed to look at each layer.
    private List<FixtureOutput> FirstStep(Tensor states, Tensor mask, long images)
    {
        Tensor text = states.repeat_interleave(images, 0), bias = AttentionMasks.Keys(mask.repeat_interleave(images, 0));
        Tensor x = network.Decoder.Embed(full([2 * images], Scalars.Of(_codes), ScalarType.Int64), zeros(2 * images, ScalarType.Int64)).unsqueeze(1);
        List<FixtureOutput> outputs = [new("forced.step0_after_embedding", x)];
        foreach (ICachedLayer layer in network.Decoder.Layers)
        {
            x = layer.Forward(x, layer.SelfKeysAndValues(x), null, layer.CrossKeysAndValues(text), bias);
            outputs.Add(new($"forced.step0_after_layer{outputs.Count - 1}", x));
        }

        return outputs;
    }

    // Weights of the first draw: what the guided logits leave after top-k, relative to the largest, at a temperature.
    private IEnumerable<FixtureOutput> Weights(Tensor first)
    {
        foreach (string name in "abc".Select(letter => $"sampling.{letter}").Where(name => fixture.Contains($"{name}.settings")))
        {
            float[] settings = fixture.Read($"{name}.settings").data<float>().ToArray();
            Tensor guided = Guide(first, settings[2]);
            Tensor kept = guided.topk((int)settings[1]).values;
            Tensor weights = guided.sub(kept.narrow(1, 0, 1)).div(Scalars.Of(settings[0])).exp();
            yield return new($"{name}.weights", weights.mul(guided.ge(kept.narrow(1, (long)settings[1] - 1, 1))), FixtureOutput.GuidedTolerance);
        }
    }

    private Tensor Greedy(long prompt, double scale)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor states, Tensor mask) = MinDalleParity.Encode(fixture, network, prompt);
        using DecoderCache cache = Enter(states, mask, 1);
        List<Tensor> tokens = [full([1], Scalars.Of(_codes), ScalarType.Int64)];
        for (int position = 0; position < _length; position++)
        {
            tokens.Add(Guide(Step(cache, tokens[^1], position), scale).argmax(1));
        }

        return stack(tokens.Skip(1), 1).MoveToOuterDisposeScope();
    }

    private DecoderCache Enter(Tensor states, Tensor mask, int images)
    {
        DecoderCache cache = new(new WholeHead(network.Decoder), 2 * images);
        for (int row = 0; row < 2 * images; row++)
        {
            cache.Enter(row, states.narrow(0, row / images, 1), mask.narrow(0, row / images, 1));
        }

        return cache;
    }

    private static Tensor Step(DecoderCache cache, Tensor previous, int position)
    {
        using DisposeScope scope = NewDisposeScope();
        return cache.Step(cat([previous, previous]), full([2 * previous.shape[0]], Scalars.Of(position), ScalarType.Int64)).MoveToOuterDisposeScope();
    }

    // The last dimension keeps what can be sampled.
    private Tensor Guide(Tensor logits, double scale)
    {
        using DisposeScope scope = NewDisposeScope();
        long half = logits.shape[0] / 2;
        Tensor sampled = logits.narrow(-1, 0, _codes);
        Tensor unconditional = sampled.narrow(0, 0, half).mul(Scalars.Of(1 - scale)), conditional = sampled.narrow(0, half, half).mul(Scalars.Of(scale));
        return unconditional.Plus(conditional).MoveToOuterDisposeScope();
    }

    private double Number(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        return fixture.Read(name).to(ScalarType.Float64).data<double>()[0];
    }

    /// <summary>The decoder with logits of all rows of its head.</summary>
    private sealed class WholeHead(MinDalleDecoder decoder) : ICachedDecoder
    {
        public TransformerArchitecture Architecture => decoder.Architecture;

        public IReadOnlyList<ICachedLayer> Layers => decoder.Layers;

        public Tensor Embed(Tensor tokens, Tensor positions) => decoder.Embed(tokens, positions);

        public Tensor Logits(Tensor x) => decoder.AllLogits(x);
    }
}
