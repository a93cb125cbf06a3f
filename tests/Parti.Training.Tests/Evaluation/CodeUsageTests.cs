using Parti.Training.Evaluation;

namespace Parti.Training.Tests.Evaluation;

public sealed class CodeUsageTests
{
    [Fact]
    public void MeanGroupShare_TwoGroupsAndARest_LeavesTheRestOut()
    {
        CodeUsage usage = new(8);
        for (int i = 0; i < 256; i++)
        {
            usage.Add([i % 2, i % 2]);
        }
        for (int i = 0; i < 256; i++)
        {
            usage.Add([i % 4]);
        }
        usage.Add([7]);
        Assert.Equal((2 / 8.0 + 4 / 8.0) / 2, usage.MeanGroupShare);
        Assert.Equal(5 / 8.0, usage.Share);
    }

    [Fact]
    public void MeanGroupShare_FewPictures_IsNotKnown()
    {
        CodeUsage usage = new(8);
        usage.Add([1, 2]);
        Assert.Null(usage.MeanGroupShare);
        Assert.Equal(0.25, usage.Share);
    }
}
