using Parti.Models.Checkpoints;
using TorchSharp;

namespace Parti.Models.Families.Parity;

/// <summary>One golden tensor against ours.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MaxError">Largest absolute difference; infinite where the shapes differ or a value is not a number, null where nothing was computed.</param>
/// <param name="Tolerance">Largest difference allowed.</param>
/// <param name="Passed">Whether ours is within the tolerance.</param>
/// <param name="Note">What else there is to say; may be empty.</param>
public sealed record ParityRow(string Name, double? MaxError, double Tolerance, bool Passed, string Note = "");

/// <summary>What a fixture showed.</summary>
/// <param name="Families">Names of the families that recognised it.</param>
/// <param name="Rows">One row per golden tensor that is no input, in ordinal order of the names.</param>
/// <param name="Inputs">Names of the tensors that were inputs.</param>
public sealed record ParityReport(IReadOnlyList<string> Families, IReadOnlyList<ParityRow> Rows, IReadOnlyList<string> Inputs)
{
    /// <summary>Whether every output is within its tolerance and at least one was compared.</summary>
    public bool Passed => Rows.Count > 0 && Rows.All(row => row.Passed);
}

/// <summary>Holds our mathematics against a fixture's golden tensors.</summary>
public static class ParityCheck
{
    /// <summary>Runs every family that recognises the fixture.</summary>
    /// <param name="fixture">The fixture.</param>
    /// <param name="more">Outputs that were computed in other ways, such as by a processor's kernels; may be null.</param>
    /// <param name="cancellationToken">Stops between outputs.</param>
    /// <exception cref="CheckpointException">No family recognises it.</exception>
    public static ParityReport Run(Fixture fixture, IEnumerable<FixtureOutput>? more = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        List<IModelFamily> families = [.. ModelFamilies.All.Where(family => family.Recognises(fixture.Source))];
        if (families.Count == 0)
        {
            ModelFamilies.Recognise(fixture.Source);
        }

        using DisposeScope scope = torch.NewDisposeScope();
        SortedDictionary<string, ParityRow> rows = new(StringComparer.Ordinal);
        IEnumerable<(string Way, Func<IEnumerable<FixtureOutput>> Outputs)> ways =
            families.Select(family => (family.Name, (Func<IEnumerable<FixtureOutput>>)(() => family.Run(fixture)))).Append(("kernels", () => more ?? []));
        foreach ((string name, string why) in fixture.Misfits)
        {
            rows[name] = new(name, null, 0, Passed: false, why);
        }

        foreach ((string way, Func<IEnumerable<FixtureOutput>> outputs) in fixture.Misfits.Count > 0 ? [] : ways)
        {
            try
            {
                Compare(fixture, outputs(), rows, cancellationToken);
            }
            catch (Exception error) when (error is not OperationCanceledException and not OutOfMemoryException)
            {
                rows[$"({way})"] = new($"({way})", null, 0, Passed: false, $"stopped: {FirstLine(error)}");
            }
        }

        foreach (string name in fixture.Names.Where(name => !rows.ContainsKey(name) && !fixture.Inputs.Contains(name)))
        {
            rows[name] = new(name, null, 0, Passed: false, fixture.Misfits.Count > 0 ? "not computed" : "no family computes it");
        }

        return new([.. families.Select(family => family.Name)], [.. rows.Values], [.. fixture.Inputs.Except(rows.Keys).Order(StringComparer.Ordinal)]);
    }

    private static void Compare(
        Fixture fixture, IEnumerable<FixtureOutput> outputs, SortedDictionary<string, ParityRow> rows, CancellationToken cancellationToken)
    {
        foreach (FixtureOutput output in outputs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (fixture.Contains(output.Name) && !rows.ContainsKey(output.RowName))
            {
                rows[output.RowName] = Compare(fixture, output);
            }
        }
    }

    // What a foreign fixture lacks or has in another form shows in many ways; messages of the tensor library have traces behind their first line.
    private static string FirstLine(Exception error) => error.Message.Split('\n', 2)[0].TrimEnd('\r');

    private static ParityRow Compare(Fixture fixture, FixtureOutput output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor expected = fixture.Expected(output.Name), found = output.Values;
        double tolerance = output.Tolerance ?? expected.dtype switch
        {
            torch.ScalarType.Byte => FixtureOutput.ByteTolerance,
            torch.ScalarType.Float32 or torch.ScalarType.Float64 => FixtureOutput.StateTolerance,
            _ => 0,
        };
        if (!expected.shape.SequenceEqual(found.shape))
        {
            string note = $"shape [{string.Join(", ", found.shape)}] in place of [{string.Join(", ", expected.shape)}]";
            return new(output.RowName, double.PositiveInfinity, tolerance, Passed: false, note);
        }

        torch.Tensor real = expected.to(torch.ScalarType.Float64);
        double error = MaxError(real, found.to(torch.ScalarType.Float64).cpu());
        bool hasNaN = real.isnan().any().item<bool>();
        return new(output.RowName, error, tolerance, error <= tolerance, hasNaN ? "the fixture holds values that are no numbers" : "");
    }

    // Equal infinities differ by nothing, and what is not a number is never near.
    private static double MaxError(torch.Tensor expected, torch.Tensor found)
    {
        if (expected.numel() == 0)
        {
            return 0;
        }

        torch.Tensor difference = expected.sub(found).abs().masked_fill(expected.eq(found), Layers.Scalars.Of(0));
        double largest = difference.max().item<double>();
        return double.IsNaN(largest) ? double.PositiveInfinity : largest;
    }
}
