using Parti.Models.Families;
using Parti.Models.Families.Janus;
using Parti.Models.Families.LlamaGen;
using Parti.Models.Families.Parity;
using Parti.Models.Families.T5;

namespace Parti.Models.Tests.Families;

public sealed class DecoderFamilyTests
{
    [Theory]
    [InlineData("llamagen/gpt-t2i", typeof(LlamaGenFamily))]
    [InlineData("llamagen/gpt-c2i", typeof(LlamaGenFamily))]
    [InlineData("t5-encoder/tiny", typeof(T5Family))]
    [InlineData("janus/tiny", typeof(JanusFamily))]
    public void Run_ReferenceFixture_EqualsEveryGoldenTensor(string name, Type type)
    {
        IModelFamily family = (IModelFamily)Activator.CreateInstance(type)!;
        using Fixture fixture = FixtureFolders.Open(name);

        IReadOnlyList<string> compared = FixtureFolders.AssertEqual(family, fixture);

        // What is neither input nor output belongs to the image tokenizer.
        Assert.Equal([], fixture.Names.Except(compared).Except(fixture.Inputs).Where(tensor => !tensor.StartsWith("decode.", StringComparison.Ordinal) && !tensor.StartsWith("encode.", StringComparison.Ordinal)));
    }
}
