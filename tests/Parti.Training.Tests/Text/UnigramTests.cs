using System.Text;
using Parti.Models.Text;
using Parti.Training.Text;

namespace Parti.Training.Tests.Text;

public sealed class UnigramTests
{
    static readonly string[] Pieces = ["a", "b", "c", "ab", "bc", "abc", "ca", "aa"];

    [Fact]
    public void AddExpected_AnyText_EqualsTheSumOverAllCuts()
    {
        (Random random, int seed) = Seeded();
        for (int round = 0; round < 50; round++)
        {
            double[] scores = [.. Pieces.Select(_ => Math.Log(0.01 + random.NextDouble()))], expected = new double[Pieces.Length];
            string text = string.Concat(Enumerable.Range(0, 1 + random.Next(8)).Select(_ => (char)('a' + random.Next(3))));
            UnigramLattice lattice = new(new PieceTrie(Pieces));
            lattice.Load([.. text.Select(c => (int)c)]);
            double likelihood = lattice.AddExpected(scores, 3, expected);

            List<int[]> cuts = [.. Cuts(text)];
            double total = cuts.Sum(cut => Math.Exp(cut.Sum(p => scores[p])));
            Assert.True(Math.Abs(Math.Log(total) - likelihood) < 1e-9, $"seed {seed}, {text}");
            for (int piece = 0; piece < Pieces.Length; piece++)
            {
                double sum = cuts.Sum(cut => cut.Count(p => p == piece) * Math.Exp(cut.Sum(p => scores[p]))) / total;
                Assert.True(Math.Abs(3 * sum - expected[piece]) < 1e-9, $"seed {seed}, {text}, {Pieces[piece]}");
            }
        }
    }

    [Fact]
    public void Best_AnyText_IsTheLikeliestCut()
    {
        (Random random, int seed) = Seeded();
        List<int> path = [];
        for (int round = 0; round < 50; round++)
        {
            double[] scores = [.. Pieces.Select(_ => Math.Log(0.01 + random.NextDouble()))];
            string text = string.Concat(Enumerable.Range(0, 2 + random.Next(7)).Select(_ => (char)('a' + random.Next(3))));
            UnigramLattice lattice = new(new PieceTrie(Pieces));
            lattice.Load([.. text.Select(c => (int)c)]);
            foreach (bool whole in new[] { true, false })
            {
                lattice.Best(scores, whole, path);
                int[] best = Cuts(text).Where(cut => whole || cut.Length > 1).MaxBy(cut => cut.Sum(p => scores[p]))!;
                Assert.True(best.SequenceEqual(Enumerable.Reverse(path)), $"seed {seed}, {text}, whole {whole}");
            }
        }
    }

    // ψ(1) = -γ, ψ(1/2) = -γ - 2 ln 2, ψ(x + 1) = ψ(x) + 1/x.
    [Theory]
    [InlineData(1, -0.5772156649015329)]
    [InlineData(0.5, -1.9635100260214235)]
    [InlineData(11, 2.351752589066721)]
    public void Digamma_KnownPlaces_HasItsValue(double x, double expected) => Assert.Equal(expected, Digamma.Of(x), 9);

    // "abab" twice and "cab": "ab" is there five times; "ba" twice, always before "b", and "aba" always before "b" too.
    [Fact]
    public void Find_SmallCorpus_GivesFrequentStretchesThatCannotGrow()
    {
        UnigramSeeds seeds = new([(Characters("abab"), 2), (Characters("cab"), 1)], maxLength: 4, minCount: 2);

        IReadOnlyList<(string Text, double Weight)> found = seeds.Find(10, TestContext.Current.CancellationToken);

        Assert.Equal([("ab", 10.0), ("abab", 8.0), ("bab", 6.0)], found);
        Assert.Equal(["ab"], seeds.Find(1, TestContext.Current.CancellationToken).Select(s => s.Text));
    }

    [Fact]
    public void Estimate_PassAfterPass_RaisesTheLikelihood()
    {
        UnigramLearner learner = Learner(["the red circle", "the blue circle", "there is a red square", "the reddest square"]);
        learner.Seed(TestContext.Current.CancellationToken);

        double[] likelihoods = [.. Enumerable.Range(0, 4).Select(_ => learner.Estimate(0, TestContext.Current.CancellationToken))];

        Assert.True(likelihoods[1] > likelihoods[0] && likelihoods[3] > likelihoods[0], string.Join(", ", likelihoods));
    }

    [Fact]
    public void Learn_Corpus_GivesProbabilitiesOfWholeWords()
    {
        IReadOnlyList<(string Text, double Score)> pieces = Learner([.. Enumerable.Repeat("red circle", 30), "red square", "blue circle"])
            .Learn(6, TestContext.Current.CancellationToken);

        Assert.Contains("▁circle", pieces.Take(2).Select(p => p.Text));
        Assert.Contains("▁red", pieces.Take(2).Select(p => p.Text));
        Assert.InRange(pieces.Sum(p => Math.Exp(p.Score)), 0.5, 1.01);
        Assert.Equal(pieces.Select(p => p.Score).OrderDescending(), pieces.Select(p => p.Score));
    }

    static UnigramLearner Learner(string[] lines)
    {
        SentencePieceTrainerOptions options = new() { Algorithm = SentencePieceAlgorithm.Unigram, CharacterCoverage = 1 };
        TrainingCorpus corpus = new(lines, options, TestContext.Current.CancellationToken);
        IReadOnlyList<Rune> alphabet = corpus.Alphabet(1);
        return new(corpus.Segments(alphabet), alphabet, options);
    }

    static int[] Characters(string text) => [.. text.Select(c => (int)c)];

    static IEnumerable<int[]> Cuts(string text) => text.Length == 0
        ? [[]]
        : Enumerable.Range(0, Pieces.Length).Where(p => text.StartsWith(Pieces[p], StringComparison.Ordinal))
            .SelectMany(p => Cuts(text[Pieces[p].Length..]).Select(rest => (int[])[p, .. rest]));

    static (Random Random, int Seed) Seeded()
    {
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        return (new(seed), seed);
    }
}
