using System.Globalization;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Llama;
using Parti.Models.Families.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Families.LlamaGen;

/// <summary>
/// Computes the outputs of a fixture of the decoder by the plain path. The fixture pads captions on the left; here a caption's prefix is its
/// real tokens, and a padded row, which sees nothing but itself, is a sequence of its own.
/// Legend: B pictures, T rows of the padded prefix, P real ones, N image tokens, V codebook size.
/// </summary>
sealed class LlamaGenParity
{
    private readonly Fixture _fixture;
    private readonly PrefixFixture _opened;
    private readonly LlamaGenModel _model;
    private readonly PrefixParity _parity;

    private LlamaGenParity(Fixture fixture, PrefixFixture opened) =>
        (_fixture, _opened, _model, _parity) = (fixture, opened, (LlamaGenModel)opened.Model, new(opened));

    /// <summary>The outputs, in the order of the work.</summary>
    internal static IReadOnlyList<FixtureOutput> Run(Fixture fixture)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using PrefixFixture opened = Open(fixture);
        List<FixtureOutput> outputs = [.. new LlamaGenParity(fixture, opened).Outputs().Where(output => fixture.Contains(output.Name))];
        outputs.ForEach(output => output.Values.MoveToOuterDisposeScope());
        return outputs;
    }

    /// <summary>The weights as published, and prefixes without their padding.</summary>
    internal static PrefixFixture Open(Fixture fixture)
    {
        LlamaGenModel model = Load(fixture.Source);
        List<Tensor> prompts = [];
        if (model.Condition == LlamaGenCondition.Class)
        {
            prompts.AddRange(fixture.Read("cond.class").data<long>().ToArray().Select(number => model.Classes(tensor([number]))));
        }
        else
        {
            Tensor captions = fixture.Read("cond.caption"), mask = fixture.Read("cond.mask");
            for (int i = 0; i < captions.shape[0]; i++)
            {
                long real = mask[i].sum().item<long>();
                prompts.Add(model.Captions(captions.narrow(0, i, 1).narrow(1, captions.shape[1] - real, real)));
            }
        }
        List<Tensor> others = [.. prompts.Select(prompt => model.Unconditional((int)prompt.shape[1]))];
        return new(model, prompts, others, "forced.cfg.logits", takesTurns: false, Greedy(fixture));
    }

    private static LlamaGenModel Load(ImportSource source)
    {
        LlamaGenSource found = LlamaGenSource.Find(source)!;
        LlamaGenSettings settings = found.Settings(found.ImpliedEncoder());
        LlamaGenModel model = settings.Create(found.Transformer(settings.TextEncoder));
        SourceWeights.Load(model, found.Tensors(settings, found.Transformer(settings.TextEncoder)), source.Path);
        return model;
    }

    // Their names say the scale, or after which step guidance ends; the loop that draws tokens after the first one counts from 0.
    private static List<GreedyPictures> Greedy(Fixture fixture)
    {
        const string Guided = "greedy.cfg", Interval = "greedy.cfg_interval";
        double usual = fixture.Contains("forced.cfg.scale") ? fixture.Read("forced.cfg.scale").item<float>() : 1;
        List<GreedyPictures> pictures = [];
        foreach (string name in fixture.Names.Where(name => name.StartsWith(Guided, StringComparison.Ordinal)))
        {
            bool ends = name.StartsWith(Interval, StringComparison.Ordinal);
            double number = double.Parse(name.AsSpan((ends ? Interval : Guided).Length), CultureInfo.InvariantCulture);
            pictures.Add(new(name, position => !ends ? number : position - 1 > number ? 1 : usual));
        }
        return pictures;
    }

    private IEnumerable<FixtureOutput> Outputs()
    {
        Tensor tokens = _fixture.Read(PrefixFixture.ForcedTokens), scale = _fixture.Read("forced.cfg.scale");
        Tensor conditional = _parity.Logits(_opened.Prompts, tokens), unconditional = _parity.Logits(_opened.Others, tokens);
        Tensor mixed = PrefixParity.Guided(conditional, unconditional, scale.item<float>());
        yield return new("forced.prefill_logits", cat([.. _opened.Prompts.Concat(_opened.Others).Select((prefix, row) => Prefill(prefix, row))], 0));
        yield return new(_opened.Forced, _opened.Arrange(conditional, unconditional));
        yield return new("forced.cfg.mixed", mixed, FixtureOutput.GuidedTolerance);
        yield return new("forced.nocfg.logits", conditional);
        yield return new("rope.freqs_cis", Rotary());
        foreach (string name in _fixture.Names.Where(name => name.StartsWith("sampling.", StringComparison.Ordinal) && name.EndsWith(".settings", StringComparison.Ordinal)))
        {
            using Tensor settings = _fixture.Read(name);
            float[] values = settings.data<float>().ToArray();
            yield return new(
                name.Replace(".settings", ".probs", StringComparison.Ordinal),
                PrefixParity.Probabilities(mixed.select(1, 0), values[0], (int)values[1], values[2]));
        }
        foreach (GreedyPictures greedy in _opened.Greedy)
        {
            yield return new(greedy.Name, _parity.Greedy(greedy.Scale));
        }
    }

    // [1, T, V]: padded rows first.
    private Tensor Prefill(Tensor prefix, int row)
    {
        int padded = _model.Trunk.Sizes.MaxPrefix - (int)prefix.shape[1];
        IEnumerable<Tensor> alone = Enumerable.Range(0, padded).Select(i => States(PaddedRow(row, i)));
        return cat([.. alone, States(prefix)], 1);
    }

    // A caption's padding is zero, and so is its projection; the features for no caption go on below the mask.
    private Tensor PaddedRow(int row, int index)
    {
        Tensor whole = _model.Unconditional(_model.Trunk.Sizes.MaxPrefix).narrow(1, index, 1);
        return row < _opened.Prompts.Count ? zeros_like(whole) : whole;
    }

    private Tensor States(Tensor prefix) => _model.Logits(_model.Trunk.Forward(prefix, (int)prefix.shape[1]));

    // [T + N, E / 2, 2]: the rows of the prefix are one row here.
    private Tensor Rotary()
    {
        RotaryTable table = new(_model.Trunk.Sizes);
        Tensor both = stack([tensor(table.Cosines, [table.Rows, table.Pairs]), tensor(table.Sines, [table.Rows, table.Pairs])], 2);
        return cat([.. Enumerable.Repeat(both.narrow(0, 0, 1), _model.Trunk.Sizes.MaxPrefix), both.narrow(0, 1, table.Rows - 1)], 0);
    }
}
