using System.Globalization;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Llama;
using Parti.Models.Families.Parity;
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
    private readonly PrefixFixture _opened;
    private readonly PrefixParity _parity;

    private JanusParity(Fixture fixture, PrefixFixture opened) => (_fixture, _opened, _parity) = (fixture, opened, new(opened));

    /// <summary>The outputs, in the order of the work.</summary>
    internal static IReadOnlyList<FixtureOutput> Run(Fixture fixture)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using PrefixFixture opened = Open(fixture);
        List<FixtureOutput> outputs = [.. new JanusParity(fixture, opened).Outputs().Where(output => fixture.Contains(output.Name))];
        outputs.ForEach(output => output.Values.MoveToOuterDisposeScope());
        return outputs;
    }

    /// <summary>The weights as published, and prefixes of the prompts.</summary>
    internal static PrefixFixture Open(Fixture fixture)
    {
        using JanusSource source = JanusSource.Of(fixture.Source);
        Tensor ids = fixture.Read("prompt.ids");
        JanusSettings settings = source.Settings(
            fixture.Source.Settings.Whole("pad_id", 1), (int)ids[0, 0].item<long>(), fixture.Source.Settings.Whole("image_start_id", (int)ids[0, -1].item<long>()));
        JanusModel model = settings.Create(source.Transformer());
        SourceWeights.Load(model, source.Tensors(), fixture.DirectoryPath);
        List<Tensor> prompts = [], others = [];
        for (int row = 0; row < ids.shape[0]; row += 2)
        {
            prompts.Add(model.Prompts(ids.narrow(0, row, 1)));
            others.Add(model.Unconditional((int)ids.shape[1]));
        }
        return new(model, prompts, others, "forced.logits", takesTurns: true, Greedy(fixture));
    }

    private static List<GreedyPictures> Greedy(Fixture fixture)
    {
        const string Guided = "greedy.w";
        return [.. fixture.Names.Where(name => name.StartsWith(Guided, StringComparison.Ordinal)).Select(name =>
        {
            double scale = double.Parse(name.AsSpan(Guided.Length), CultureInfo.InvariantCulture);
            return new GreedyPictures(name, _ => scale);
        })];
    }

    private IEnumerable<FixtureOutput> Outputs()
    {
        Tensor tokens = _fixture.Read(PrefixFixture.ForcedTokens), weight = _fixture.Read("forced.cfg_weight");
        Tensor conditional = _parity.Logits(_opened.Prompts, tokens), unconditional = _parity.Logits(_opened.Others, tokens);
        int length = (int)_opened.Prompts[0].shape[1];
        IEnumerable<Tensor> rows = _opened.Prompts.Zip(_opened.Others).SelectMany(pair => new[] { pair.First, pair.Second });
        yield return new("forced.prompt_hidden", cat([.. rows.Select(prefix => _opened.Model.Trunk.Forward(prefix, length))], 0));
        yield return new(_opened.Forced, _opened.Arrange(conditional, unconditional));
        yield return new("forced.mixed", PrefixParity.Guided(conditional, unconditional, weight.item<float>()), FixtureOutput.GuidedTolerance);
        yield return new("gen_embed.out", _opened.Model.EmbedImage(tokens[0].narrow(0, 0, Math.Min(4, tokens.shape[1]))));
        yield return new("sampling.t0.7.probs", PrefixParity.Probabilities(PrefixParity.Guided(conditional, unconditional, 2).select(1, 0), 0.7, 0, 1));
        foreach (GreedyPictures greedy in _opened.Greedy)
        {
            yield return new(greedy.Name, _parity.Greedy(greedy.Scale));
        }
    }
}
