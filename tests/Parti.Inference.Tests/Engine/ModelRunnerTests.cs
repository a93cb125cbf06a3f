using Parti.Inference.Execution;
using TorchSharp;

namespace Parti.Inference.Tests.Engine;

[Collection(TorchSetup.Name)]
public sealed class ModelRunnerTests(ITestOutputHelper output)
{
    const int Slots = 8;

    [Theory]
    [InlineData(1, 64)]
    [InlineData(2, 64)]
    [InlineData(1, 256)]
    [InlineData(2, 256)]
    public void DecodeStep_SameSequenceInEverySlotAmongNeighbours_SameLogits(int threads, int width)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        torch.set_num_threads(threads);
        try
        {
            using ModelRunner runner = TinyModel.Runner(Slots, new TinyNetworks(width));
            Assert.Equal([4, 8, 16], runner.RowsPerStep);
            TextConditioning text = runner.Encode(new EncodeRequest(TinyModel.Name, "a red circle", null));
            float[] reference = Logits(runner, text, 0, [], random);
            foreach (int others in new[] { 1, 3, 7 })
            {
                for (int slot = 0; slot < Slots; slot++)
                {
                    int[] neighbours = [.. Enumerable.Range(0, Slots).Where(s => s != slot).OrderBy(_ => random.Next()).Take(others)];
                    Assert.Equal(reference, Logits(runner, text, slot, neighbours, random));
                }
            }
        }
        finally
        {
            torch.set_num_threads(1);
        }
    }

    [Fact]
    public void ModelRunner_RowCountThatDiffers_IsNotUsed()
    {
        using ModelRunner runner = TinyModel.Runner(Slots, new SkewedNetworks((rows, _) => rows == 4 ? 1e-6f : 0));

        Assert.Equal([8, 16], runner.RowsPerStep);
    }

    [Fact]
    public void ModelRunner_SlotThatShows_IsRefused()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => TinyModel.Runner(Slots, new SkewedNetworks((_, row) => row >= 8 ? 1e-6f : 0)));

        Assert.Contains("one thread", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DecodeStep_ManySteps_KeepsTheNumberOfTensorsAndAllocatesLittle()
    {
        using ModelRunner runner = TinyModel.Runner(Slots);
        TextConditioning text = runner.Encode(new EncodeRequest(TinyModel.Name, "a red circle", null));
        RunPicture(runner, text);
        long tensors = LiveTensors(), bytes = GC.GetAllocatedBytesForCurrentThread();

        for (int picture = 0; picture < 20; picture++)
        {
            RunPicture(runner, text);
        }

        long perStep = (GC.GetAllocatedBytesForCurrentThread() - bytes) / (20 * 16);
        output.WriteLine($"{perStep} managed bytes a step");
        Assert.Equal(tensors, LiveTensors());
        Assert.InRange(perStep, 0, 64 * 1024);
    }

    [Fact]
    public void Stages_ManyRuns_KeepTheNumberOfTensors()
    {
        using ModelRunner runner = TinyModel.Runner(2);
        RunStages(runner);
        long tensors = LiveTensors();

        for (int i = 0; i < 10; i++)
        {
            RunStages(runner);
        }

        Assert.Equal(tensors, LiveTensors());
    }

    [Fact]
    public void Dispose_AfterUse_LeavesNoTensor()
    {
        RunStages(null);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long tensors = LiveTensors();

        RunStages(null);

        Assert.Equal(tensors, LiveTensors());
    }

    [Fact]
    public void EncodePicture_ManyRuns_KeepTheNumberOfTensors()
    {
        using ModelRunner runner = TinyModel.Runner(1);
        Picture picture = runner.Detokenize([.. Enumerable.Range(0, 16)]);
        int[] first = runner.EncodePicture(picture);
        long tensors = LiveTensors();

        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(first, runner.EncodePicture(picture));
        }

        Assert.Equal(16, first.Length);
        Assert.Equal(tensors, LiveTensors());
        Assert.Equal("invalid_size", Assert.Throws<EngineRequestException>(() => runner.EncodePicture(new Picture(8, 8, new byte[192]))).Code);
    }

    [Fact]
    public void Detokenize_FewTokens_DrawsTheMissingOnesNeutral()
    {
        using ModelRunner runner = TinyModel.Runner(1);

        Picture some = runner.Detokenize([5, 6]), all = runner.Detokenize([5, 6, .. new int[14]]);

        Assert.Equal((16, 16), (some.Width, some.Height));
        Assert.Equal(all.Rgb, some.Rgb);
    }

    [Fact]
    public void Detokenize_InvalidTokens_IsRefused()
    {
        using ModelRunner runner = TinyModel.Runner(1);

        Assert.Equal("invalid_tokens", Assert.Throws<EngineRequestException>(() => runner.Detokenize(new int[17])).Code);
        Assert.Equal("invalid_tokens", Assert.Throws<EngineRequestException>(() => runner.Detokenize([64])).Code);
        Assert.Equal("invalid_tokens", Assert.Throws<EngineRequestException>(() => runner.Detokenize([-1])).Code);
    }

    [Fact]
    public void Upscale_SizesOfTheModel_AreDeliveredAndOthersRefused()
    {
        using ModelRunner runner = TinyModel.Runner(1);
        Picture native = runner.Detokenize(new int[16]);

        Assert.Same(native, runner.Upscale(native, 16));
        Picture large = runner.Upscale(native, 32);
        Assert.Equal((32, 32), (large.Width, large.Height));
        Assert.Equal(native.Rgb[..3], large.Rgb[3..6]);
        Assert.Equal("invalid_size", Assert.Throws<EngineRequestException>(() => runner.Upscale(native, 33)).Code);
        Assert.Equal("invalid_size", Assert.Throws<EngineRequestException>(() => runner.Upscale(large, 32)).Code);
    }

    static float[] Logits(ModelRunner runner, TextConditioning text, int slot, int[] neighbours, Random random)
    {
        int[] slots = [.. neighbours.Append(slot).Order()];
        int[] starts = [.. slots.Select(s => s == slot ? 0 : random.Next(3))];
        foreach (int s in slots)
        {
            runner.Admit(s, s == slot ? text : Noise(text, random));
        }
        List<float> logits = [];
        for (int position = 0; position < 5; position++)
        {
            runner.DecodeStep([.. slots.Select((s, i) => new DecodeInput(
                s, position == 0 && starts[i] == 0 ? -1 : s == slot ? 7 * position : random.Next(64), position + starts[i]))]);
            logits.AddRange(runner.ConditionalLogits(slot));
            logits.AddRange(runner.UnconditionalLogits(slot));
        }
        return [.. logits];
    }

    static TextConditioning Noise(TextConditioning text, Random random) =>
        text with { States = [.. text.States.Select(_ => (float)(random.NextDouble() * 6 - 3))] };

    static void RunPicture(ModelRunner runner, TextConditioning text)
    {
        runner.Admit(3, text);
        for (int position = 0; position < 16; position++)
        {
            runner.DecodeStep([new DecodeInput(3, position - 1, position)]);
        }
    }

    static void RunStages(ModelRunner? shared)
    {
        ModelRunner runner = shared ?? TinyModel.Runner(2);
        TextConditioning text = runner.Encode(new EncodeRequest(TinyModel.Name, "a red circle", "blue"));
        FirstStep(runner, text);
        runner.Upscale(runner.Detokenize([1, 2]), 32);
        if (shared is null)
        {
            runner.Dispose();
        }
    }

    static void FirstStep(ModelRunner runner, TextConditioning text)
    {
        runner.Admit(1, text);
        runner.DecodeStep([new DecodeInput(1, -1, 0)]);
    }

    // Tensors that earlier tests left to their finalisers must be gone before counting starts.
    static long LiveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }
}
