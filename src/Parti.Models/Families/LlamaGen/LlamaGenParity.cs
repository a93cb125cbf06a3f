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
    private readonly LlamaGenModel _model;
    private readonly List<Tensor> _prompts = [], _others = [];
    private readonly PrefixParity _parity;

    private LlamaGenParity(Fixture fixture, LlamaGenModel model)
    {
        (_fixture, _model) = (fixture, model);
        if (model.Condition == LlamaGenCondition.Class)
        {
            Tensor classes = fixture.Read("cond.class");
            _prompts.AddRange(classes.data<long>().ToArray().Select(number => model.Classes(tensor([number]))));
        }
        else
        {
            Tensor captions = fixture.Read("cond.caption"), mask = fixture.Read("cond.mask");
            for (int i = 0; i < captions.shape[0]; i++)
            {
                long real = mask[i].sum().item<long>();
                _prompts.Add(model.Captions(captions.narrow(0, i, 1).narrow(1, captions.shape[1] - real, real)));
            }
        }
        _others.AddRange(_prompts.Select(prompt => model.Unconditional((int)prompt.shape[1])));
        _parity = new(model, _prompts, _others);
    }

    /// <summary>The outputs, in the order of the work.</summary>
    internal static IReadOnlyList<FixtureOutput> Run(Fixture fixture)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using LlamaGenModel model = Load(fixture.Source);
        List<FixtureOutput> outputs = [.. new LlamaGenParity(fixture, model).Outputs().Where(output => fixture.Contains(output.Name))];
        outputs.ForEach(output => output.Values.MoveToOuterDisposeScope());
        return outputs;
    }

    /// <summary>The decoder of a source, its weights as published.</summary>
    internal static LlamaGenModel Load(ImportSource source)
    {
        LlamaGenSource found = LlamaGenSource.Find(source)!;
        LlamaGenSettings settings = found.Settings(found.ImpliedEncoder());
        LlamaGenModel model = settings.Create(found.Transformer(settings.TextEncoder));
        SourceWeights.Load(model, found.Tensors(settings, found.Transformer(settings.TextEncoder)), source.Path);
        return model;
    }

    private IEnumerable<FixtureOutput> Outputs()
    {
        Tensor tokens = _fixture.Read("forced.image_tokens"), scale = _fixture.Read("forced.cfg.scale");
        Tensor conditional = _parity.Logits(_prompts, tokens), unconditional = _parity.Logits(_others, tokens);
        Tensor mixed = PrefixParity.Guided(conditional, unconditional, scale.item<float>());
        yield return new("forced.prefill_logits", cat([.. _prompts.Concat(_others).Select((prefix, row) => Prefill(prefix, row))], 0));
        yield return new("forced.cfg.logits", cat([conditional, unconditional], 0));
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
        foreach (FixtureOutput greedy in Greedy(scale.item<float>()))
        {
            yield return greedy;
        }
    }

    private IEnumerable<FixtureOutput> Greedy(float usual)
    {
        const string Guided = "greedy.cfg", Interval = "greedy.cfg_interval";
        foreach (string name in _fixture.Names.Where(name => name.StartsWith(Guided, StringComparison.Ordinal)))
        {
            bool ends = name.StartsWith(Interval, StringComparison.Ordinal);
            float number = float.Parse(name.AsSpan((ends ? Interval : Guided).Length), System.Globalization.CultureInfo.InvariantCulture);
            // The loop that draws tokens after the first one counts from 0.
            yield return new(name, _parity.Greedy(position => !ends ? number : position - 1 > number ? 1 : usual));
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
        return row < _prompts.Count ? zeros_like(whole) : whole;
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
