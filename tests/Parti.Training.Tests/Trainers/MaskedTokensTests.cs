using Parti.Models.Transformer;
using Parti.Training.Trainers;
using static Parti.Training.Tests.Trainers.TinyPretraining;

namespace Parti.Training.Tests.Trainers;

public sealed class MaskedTokensTests
{
    static readonly MaskVocabulary Vocabulary = new(1000, MaskId: 2, PadId: 0, EosId: 1);

    [Fact]
    public void Hide_ManyTokens_ChoosesAndReplacesInTheSharesOfBert()
    {
        int[][] rows = [.. Enumerable.Range(0, 500).Select(r => (int[])[.. Enumerable.Range(10, 100), 1])];

        MaskedTokens hidden = MaskedTokens.Hide(rows, 0.15, Vocabulary, new Random(4));

        Assert.Equal(500 * 15, hidden.Places.Count);
        int[] now = [.. hidden.Places.Select(p => hidden.Rows[p.Row][p.Place])];
        Assert.InRange(now.Count(id => id == Vocabulary.MaskId) / 7500.0, 0.78, 0.82);
        Assert.InRange(now.Zip(hidden.Targets).Count(p => p.First == p.Second) / 7500.0, 0.085, 0.115);
        Assert.DoesNotContain(now, id => id is 0 or 1);
        Assert.All(hidden.Places.Zip(hidden.Targets), p => Assert.Equal(rows[p.First.Row][p.First.Place], p.Second));
        Assert.Equal(100, rows[0].Distinct().Count() - 1);
    }

    [Fact]
    public void Hide_AnyRow_KeepsItsEndAndWhatWasNotChosen()
    {
        int[][] rows = [[7, 1], [1], [8, 9, 10, 1]];

        MaskedTokens hidden = MaskedTokens.Hide(rows, 0.15, Vocabulary, new Random(4));

        Assert.Equal([0, 2], hidden.Places.Select(p => p.Row));
        Assert.All(hidden.Rows, row => Assert.Equal(1, row[^1]));
        for (int r = 0; r < rows.Length; r++)
        {
            IEnumerable<int> changed = Enumerable.Range(0, rows[r].Length).Where(p => hidden.Rows[r][p] != rows[r][p]);
            Assert.Empty(changed.Except(hidden.Places.Where(p => p.Row == r).Select(p => p.Place)));
        }
    }

    [Fact]
    public void Hide_SameStep_IsTheSameAndOthersDiffer()
    {
        using PartiTransformer network = Network();
        using TextPretrainingTask task = Task(network, Options with { ContrastiveWeight = 0 });
        using TextPretrainingTask again = Task(network, Options with { ContrastiveWeight = 0 });
        using TextPretrainingTask otherSeed = Task(network, Options with { ContrastiveWeight = 0, Seed = 2 });
        int[][] rows = [.. Enumerable.Range(0, 8).Select(_ => (int[])[.. Enumerable.Range(300, 20), 1])];

        int[][] first = task.Hide(rows, 5).Rows;

        Assert.Equal(first, again.Hide(rows, 5).Rows);
        Assert.NotEqual(first, task.Hide(rows, 6).Rows);
        Assert.NotEqual(first, otherSeed.Hide(rows, 5).Rows);
    }
}
