namespace Parti.Models.Tests.Presets;

public sealed class ParameterListTests
{
    [Fact]
    public void Fold_EqualLayers_AreOneLinePerTensor()
    {
        string[] lines = ["first [1]", "layers.0.up [4, 2]", "layers.0.down [2, 4]", "layers.1.up [4, 2]", "layers.1.down [2, 4]", "head [9]", "total 42"];
        Assert.Equal(["first [1]", "layers.{0..1}.up [4, 2]", "layers.{0..1}.down [2, 4]", "head [9]", "total 42"], ParameterList.Fold(lines));
    }

    [Theory]
    [InlineData("layers.0.up [4]", "layers.1.up [5]")]
    [InlineData("layers.0.up [4]", "layers.2.up [4]")]
    [InlineData("layers.1.up [4]", "layers.2.up [4]")]
    [InlineData("layers.0.up [4]", "layers.1.gate [4]")]
    [InlineData("layers.0.up [4]", "layers.1.up [4]", "layers.1.down [4]")]
    [InlineData("layers.0.up [4]", "layers.0.down [4]", "layers.1.down [4]", "layers.1.up [4]")]
    [InlineData("layers.0.up [4]", "between [4]", "layers.1.up [4]")]
    public void Fold_UnequalLayers_KeepsEveryLine(params string[] lines) => Assert.Equal(lines, ParameterList.Fold(lines));

    [Fact]
    public void Unfold_FoldedLines_RestoresThem()
    {
        string[] lines = ["first [1]", "wide.0.weight [4]", "wide.0.bias [2]", "wide.1.weight [4]", "wide.1.bias [2]", "wide.2.weight [4]", "wide.2.bias [2]", "narrow.0.weight [3]", "narrow.1.weight [3]", "total 42"];
        IReadOnlyList<string> folded = ParameterList.Fold(lines);
        Assert.Equal(5, folded.Count);
        Assert.Equal(lines, ParameterList.Unfold(folded));
    }
}
