using Parti.Models.Families.Importing;
using Parti.Models.Families.Llama;
using Parti.Models.Families.Parity;
using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Families.Janus;

/// <summary>
/// Computes the outputs of a fixture of the transformer by the plain path. Rows of the fixture take turns: a prompt, what guides away from it.
/// Legend: B pictures, T prompt tokens, D width, V codebook size.
/// </summary>
sealed class JanusParity
{
    private readonly Fixture _fixture;
    private readonly JanusModel _model;
    private readonly Tensor _ids;
    private readonly PrefixParity _parity;
    private readonly List<Tensor> _prompts = [], _others = [];

    private JanusParity(Fixture fixture, JanusModel model, Tensor ids)
    {
        (_fixture, _model, _ids) = (fixture, model, ids);
        for (int row = 0; row < ids.shape[0]; row += 2)
        {
            _prompts.Add(model.Prompts(ids.narrow(0, row, 1)));
            _others.Add(model.Unconditional((int)ids.shape[1]));
        }
        _parity = new(model, _prompts, _others);
    }

    /// <summary>The outputs, in the order of the work.</summary>
    internal static IReadOnlyList<FixtureOutput> Run(Fixture fixture)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using JanusSource source = JanusSource.Of(fixture.Source);
        Tensor ids = fixture.Read("prompt.ids");
        JanusSettings settings = source.Settings(
            fixture.Source.Settings.Whole("pad_id", 1), (int)ids[0, 0].item<long>(), fixture.Source.Settings.Whole("image_start_id", (int)ids[0, -1].item<long>()));
        using JanusModel model = settings.Create(source.Transformer());
        SourceWeights.Load(model, source.Tensors(), fixture.DirectoryPath);
        List<FixtureOutput> outputs = [.. new JanusParity(fixture, model, ids).Outputs().Where(output => fixture.Contains(output.Name))];
        outputs.ForEach(output => output.Values.MoveToOuterDisposeScope());
        return outputs;
    }

    private IEnumerable<FixtureOutput> Outputs()
    {
        Tensor tokens = _fixture.Read("forced.image_tokens"), weight = _fixture.Read("forced.cfg_weight");
        Tensor conditional = _parity.Logits(_prompts, tokens), unconditional = _parity.Logits(_others, tokens);
        int length = (int)_ids.shape[1];
        yield return new("forced.prompt_hidden", cat([.. _prompts.Zip(_others).SelectMany(pair => new[] { pair.First, pair.Second }).Select(prefix => _model.Trunk.Forward(prefix, length))], 0));
        yield return new("forced.logits", stack([conditional, unconditional], 1).flatten(0, 1));
        yield return new("forced.mixed", PrefixParity.Guided(conditional, unconditional, weight.item<float>()), FixtureOutput.GuidedTolerance);
        yield return new("gen_embed.out", _model.EmbedImage(tokens[0].narrow(0, 0, Math.Min(4, tokens.shape[1]))));
        yield return new("sampling.t0.7.probs", PrefixParity.Probabilities(PrefixParity.Guided(conditional, unconditional, 2).select(1, 0), 0.7, 0, 1));
        foreach (string name in _fixture.Names.Where(name => name.StartsWith("greedy.w", StringComparison.Ordinal)))
        {
            double scale = double.Parse(name.AsSpan("greedy.w".Length), System.Globalization.CultureInfo.InvariantCulture);
            yield return new(name, _parity.Greedy(_ => scale));
        }
    }
}
