using Parti.Models.Families.Parity;
using Parti.Models.Layers;
using TorchSharp;

namespace Parti.Models.Families.PartiPytorch;

/// <summary>Runs a fixture of parti-pytorch.</summary>
internal sealed class PartiPytorchFixture
{
    private const double Guidance = 3, KeptShare = 1 - 0.9;

    private readonly PartiPytorchTransformer _transformer;
    private readonly torch.Tensor _text, _mask, _nothing, _tokens;

    internal PartiPytorchFixture(Fixture fixture, PartiPytorchTransformer transformer)
    {
        _transformer = transformer;
        torch.Tensor text = fixture.Read("text.embeds"), mask = fixture.Read("text.mask");
        long length = Math.Min(text.shape[1], (long)(fixture.Source.Number("max_text_len") ?? text.shape[1]));
        (_text, _mask, _tokens) = (text.narrow(1, 0, length), mask.narrow(1, 0, length), fixture.Read("image.tokens"));
        _nothing = torch.zeros_like(_mask);
    }

    /// <summary>A given history in, logits out.</summary>
    internal IEnumerable<FixtureOutput> Forced()
    {
        List<torch.Tensor> traced = [];
        torch.Tensor conditional = _transformer.Forward(_text, _mask, _tokens, state => traced.Add(state.clone().MoveToOuterDisposeScope()));
        torch.Tensor unconditional = _transformer.Forward(_text, _nothing, _tokens), guided = Guide(conditional, unconditional);
        yield return new("logits.cond", conditional);
        yield return new("logits.null", unconditional);
        yield return new("logits.cfg3", guided, FixtureOutput.GuidedTolerance);
        yield return new("sampling.topk_thres0.9", Kept(guided.select(1, 0)), FixtureOutput.GuidedTolerance);
        yield return new("trace.after_init_norm", traced[0]);
        yield return new("trace.layer0_after_self", traced[1]);
        yield return new("trace.layer0_after_cross", traced[2]);
        yield return new("trace.layer0_after_ff", traced[3]);
    }

    /// <summary>The likeliest token at every step.</summary>
    internal FixtureOutput Greedy()
    {
        torch.Tensor tokens = torch.zeros([_tokens.shape[0], 0], dtype: torch.ScalarType.Int64);
        for (long step = 0; step <= _tokens.shape[1]; step++)
        {
            torch.Tensor guided = Guide(_transformer.Forward(_text, _mask, tokens), _transformer.Forward(_text, _nothing, tokens));
            tokens = torch.cat([tokens, guided.select(1, step).argmax(-1).unsqueeze(1)], 1);
        }

        return new("greedy.cfg3", tokens);
    }

    private static torch.Tensor Guide(torch.Tensor conditional, torch.Tensor unconditional) =>
        unconditional.Plus(conditional.sub(unconditional).mul(Scalars.Of(Guidance)));

    private static torch.Tensor Kept(torch.Tensor logits)
    {
        int kept = Math.Max((int)(KeptShare * logits.shape[1]), 1);
        (torch.Tensor values, torch.Tensor indices) = logits.topk(kept, -1);
        return torch.full_like(logits, Scalars.Of(double.NegativeInfinity)).scatter(1, indices, values);
    }
}
