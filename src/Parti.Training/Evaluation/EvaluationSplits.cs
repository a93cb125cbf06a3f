using System.Collections.Immutable;
using Parti.Training.Scenes;

namespace Parti.Training.Evaluation;

/// <summary>The splits that scores are measured on, under the names people type.</summary>
public static class EvaluationSplits
{
    /// <summary>The name that stands for every split.</summary>
    public const string All = "all";

    static readonly ImmutableArray<(string Name, SceneSplit Split)> Known =
    [
        ("test", SceneSplit.Test), ("held-out-pairs", SceneSplit.HeldOutPairs),
        ("held-out-counts", SceneSplit.HeldOutCounts), ("long-captions", SceneSplit.LongCaptions),
    ];

    /// <summary>Every name that <see cref="Parse"/> takes.</summary>
    public static ImmutableArray<string> Names { get; } = [.. Known.Select(row => row.Name), All];

    /// <summary>The splits of a name: one, or each of them for <see cref="All"/>.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="ArgumentException">Another name; the message lists those there are.</exception>
    public static ImmutableArray<SceneSplit> Parse(string name)
    {
        ImmutableArray<SceneSplit> found = [.. Known.Where(row => name == All || row.Name == name).Select(row => row.Split)];
        return found.Length > 0 ? found : throw new ArgumentException($"split is \"{name}\", allowed is one of {string.Join(", ", Names)}.", nameof(name));
    }

    /// <summary>The name of a split.</summary>
    /// <param name="split">A split that is not trained on.</param>
    public static string NameOf(SceneSplit split) => Known.Single(row => row.Split == split).Name;
}
