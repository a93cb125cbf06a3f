using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;
using Parti.Inference.Execution;
using Parti.Inference.Families;
using Parti.Inference.Tests.Engine;
using Parti.Models.Families.LlamaGen;
using Parti.Models.Families.Parity;
using TorchSharp;

namespace Parti.Inference.Tests.Families;

/// <summary>The originals' fixtures by the kernels, and what a runner does with prompts that are prefixes.</summary>
[Collection(TorchSetup.Name)]
public sealed class PrefixParityTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("llamagen/gpt-t2i", 5)]
    [InlineData("llamagen/gpt-c2i", 4)]
    [InlineData("janus/tiny", 5)]
    [InlineData("llamagen/vq8", 2)]
    [InlineData("taming-vqgan/f16", 2)]
    public void RunKernels_FixtureOfTheOriginal_GivesItsLogitsAndTokens(string folder, int outputs)
    {
        using Fixture fixture = Fixture.Open(Path.Combine(AppContext.BaseDirectory, "Fixtures", folder));

        ParityReport report = ParityCheck.Run(fixture, FamilyLoaders.RunKernels(fixture), TestContext.Current.CancellationToken);

        ParityRow[] kernels = [.. report.Rows.Where(row => row.Name.EndsWith("(kernels)", StringComparison.Ordinal))];
        output.WriteLine(string.Join('\n', kernels.Select(row => row.ToString())));
        Assert.Equal(outputs, kernels.Length);
        Assert.True(report.Passed, string.Join('\n', report.Rows.Where(row => !row.Passed)));
    }

    [Theory]
    [InlineData("llamagen")]
    [InlineData("janus")]
    public void Encode_PromptWithoutNegative_BringsWhatStandsForNone(string name)
    {
        using ModelRunner runner = TinyModel.Runner(2, TinyPrefixModels.Networks(name));

        TextConditioning none = runner.Encode(new(TinyModel.Name, "a red circle", null)), blank = runner.Encode(new(TinyModel.Name, "a red circle", " "));
        TextConditioning negative = runner.Encode(new(TinyModel.Name, "a red circle", "two green stars"));

        Assert.Equal(none.Tokens, none.NegativeTokens);
        Assert.Equal(none.NegativeStates, blank.NegativeStates);
        Assert.NotEqual(none.NegativeStates, negative.NegativeStates);
        runner.Admit(1, none);
        Assert.Equal(none.Tokens - 1, runner.PrefixPositions(1, guided: true));
    }

    [Fact]
    public void DecodeStep_PrefixesOfUnequalLength_GivesTheLogitsOfEachAlone()
    {
        using ModelRunner runner = TinyModel.Runner(1, TinyPrefixModels.Networks("janus"));
        TextConditioning text = runner.Encode(new(TinyModel.Name, "a", "a blue square left of two green stars"));
        runner.Admit(0, text);
        int first = -runner.PrefixPositions(0, guided: true);
        for (int position = first; position <= 0; position++)
        {
            runner.DecodeStep([new(0, -1, position)]);
        }
        float[] both = [.. runner.ConditionalLogits(0), .. runner.UnconditionalLogits(0)];

        Assert.True(text.NegativeTokens > text.Tokens);
        float[] alone = [.. Alone(runner, text.States, text.Tokens), .. Alone(runner, text.NegativeStates!, text.NegativeTokens)];
        Assert.Equal(alone, both);
    }

    [Fact]
    public async Task EncodeAsync_PromptThatIsNoClass_FailsAloneAndSaysWhatIs()
    {
        await using DeviceEngine engine = new("cpu", 1, preload: false, new ClassSource(), NullLogger.Instance);
        CancellationToken stop = TestContext.Current.CancellationToken;

        EngineRequestException error = await Assert.ThrowsAsync<EngineRequestException>(() => engine.EncodeAsync(new(TinyModel.Name, "a dog", null), stop));

        Assert.Equal("invalid_prompt", error.Code);
        Assert.Contains("0 to 9", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await engine.EncodeAsync(new(TinyModel.Name, "7", null), stop)).Tokens);
    }

    sealed class ClassSource : IModelSource
    {
        public IReadOnlyDictionary<string, ModelDescription> Models { get; } = new Dictionary<string, ModelDescription> { [TinyModel.Name] = TinyModel.Description };

        public IModelRunner Load(string name, int slots) =>
            new ModelRunner(TinyModel.Description, new ClassNumbers(10, []), TinyPrefixModels.Networks("llamagen-classes"), slots);
    }

    static float[] Alone(ModelRunner runner, float[] states, int tokens)
    {
        runner.Admit(0, new TextConditioning(TinyModel.Name, states, tokens, null, 0, 0));
        for (int position = 1 - tokens; position <= 0; position++)
        {
            runner.DecodeStep([new(0, -1, position, Guided: false)]);
        }
        return runner.ConditionalLogits(0).ToArray();
    }
}

/// <summary>Counts the tensors of the whole process, so no other test may run beside it.</summary>
[CollectionDefinition(nameof(PrefixTensorCountTests), DisableParallelization = true)]
[Collection(nameof(PrefixTensorCountTests))]
public sealed class PrefixTensorCountTests
{
    [Theory]
    [InlineData("llamagen")]
    [InlineData("llamagen-classes")]
    [InlineData("janus")]
    public void Runner_ManyPictures_KeepsTheNumberOfTensors(string name)
    {
        using ModelRunner runner = new(
            TinyModel.Description, name == "llamagen-classes" ? new ClassNumbers(10, []) : TinyModel.Tokenizer, TinyPrefixModels.Networks(name), 1, kernels: false);
        string prompt = name == "llamagen-classes" ? "7" : "a red circle";
        Picture(runner, prompt);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = torch.Tensor.TotalCount;
        for (int i = 0; i < 20; i++)
        {
            Picture(runner, prompt);
            Assert.Equal(before, torch.Tensor.TotalCount);
        }
    }

    static void Picture(ModelRunner runner, string prompt)
    {
        runner.Admit(0, runner.Encode(new(TinyModel.Name, prompt, null)));
        for (int position = -runner.PrefixPositions(0, guided: true); position < 2; position++)
        {
            runner.DecodeStep([new(0, position <= 0 ? -1 : 3, position)]);
        }
        runner.Detokenize([1, 2, 3]);
    }
}
