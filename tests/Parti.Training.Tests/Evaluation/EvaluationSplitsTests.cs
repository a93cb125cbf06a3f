using Parti.Training.Evaluation;
using Parti.Training.Scenes;

namespace Parti.Training.Tests.Evaluation;

public sealed class EvaluationSplitsTests
{
    [Fact]
    public void Parse_EveryName_FindsItsSplit()
    {
        Assert.Equal(["test", "held-out-pairs", "held-out-counts", "long-captions", "all"], EvaluationSplits.Names);
        Assert.Equal([SceneSplit.HeldOutPairs], EvaluationSplits.Parse("held-out-pairs"));
        Assert.Equal([SceneSplit.Test, SceneSplit.HeldOutPairs, SceneSplit.HeldOutCounts, SceneSplit.LongCaptions], EvaluationSplits.Parse("all"));
    }

    [Fact]
    public void Parse_TrainingSplit_IsRefused() =>
        Assert.Contains("held-out-counts", Assert.Throws<ArgumentException>(() => EvaluationSplits.Parse("train")).Message, StringComparison.Ordinal);
}
