using Parti.Training.Tests.Data;
using Parti.Training.Tests.Evaluation;
using Parti.Training.Tests.Sprites;

namespace Parti.EndToEnd.Tests;

public sealed class TrainTests : IDisposable
{
    private readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public async Task Train_PicturesOfOnesOwn_BecomeAModelDirectoryWithItsCard()
    {
        await DoneAsync("data", "make", Pictures, "--count", "12");
        await DoneAsync("train", "tokenizer", "--run", Run, "--data", Pictures, "--vocabulary", "300", "--algorithm", "unigram");
        string vqgan = await DoneAsync([.. Part("vqgan", TinyTraining.Vqgan), "--steps", "150"]);
        await DoneAsync("train", "decoder", "--run", Run, "--data", Pictures, "--steps", "4", "--batch", "2", "--set", "report_every=2");
        await DoneAsync("train", "text", "--run", Run, "--data", Pictures, "--steps", "4", "--batch", "4", "--set", "report_every=2", "--config", TinyTraining.Write(_line.Folder, "text", """{ "architecture": { "encoder_layers": 1, "decoder_layers": 1, "width": 32, "mlp_width": 32, "heads": 2 } }"""));
        await DoneAsync([.. Part("transformer", TinyTraining.Transformer), "--steps", "20"]);
        await DoneAsync(Part("upscaler", TinyTraining.Upscaler));
        await DoneAsync("train", "export", Model, "--run", Run, "--license", "CC0-1.0", "--data-license", "drawn, CC0-1.0");

        Assert.Contains("12 captioned pictures", vqgan, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Run, "vqgan", "curves.png")) && File.Exists(Path.Combine(Run, "vqgan", "samples", "step-000120.png")));
        Assert.True(File.Exists(Path.Combine(Run, "transformer", "samples", "step-000020.png")) && File.Exists(Path.Combine(Run, "upscaler", "samples", "step-000006.png")));
        string card = await File.ReadAllTextAsync(Path.Combine(Model, "README.md"), TestContext.Current.CancellationToken);
        Assert.Contains("CC0-1.0", card, StringComparison.Ordinal);
        Assert.Contains("curves-transformer.png", card, StringComparison.Ordinal);
        await DoneAsync("models", "verify", "mine", "--model-path", _line.Folder);
        Assert.Contains("PSNR", await DoneAsync("eval", "recon", Pictures, "--model", Model, "--pictures", "2"), StringComparison.Ordinal);
    }

    // What it knows of the codes it knows by their vectors, so that it knows something of new ones.
    [Fact]
    public async Task Train_MoreCodesForATrainedTransformer_GoesOnWithThem()
    {
        await DoneAsync("data", "make", Pictures, "--count", "12");
        await DoneAsync("train", "tokenizer", "--run", Run, "--data", Pictures, "--vocabulary", "300");
        await DoneAsync([.. Part("vqgan", TinyTraining.Vqgan), "--steps", "150"]);
        await DoneAsync([.. Part("transformer", TinyTraining.Transformer), "--steps", "20"]);
        (int fewer, string _, string error) = await _line.RunAsync("train", "codes", "--run", Run, "--data", Pictures, "--steps", "4", "--batch", "2", "--set", "codes=20");
        await DoneAsync("train", "codes", "--run", Run, "--data", Pictures, "--steps", "8", "--batch", "2", "--set", "codes=48", "--set", "report_every=4");
        string transformer = await DoneAsync("train", "transformer", "--run", Run, "--resume", "--new-data", "--steps", "30");
        await DoneAsync("train", "decoder", "--run", Run, "--data", Pictures, "--steps", "2", "--batch", "2");
        (int late, string _, string order) = await _line.RunAsync("train", "codes", "--run", Run, "--data", Pictures, "--steps", "9", "--resume");
        await DoneAsync("train", "export", Model, "--run", Run, "--license", "CC0-1.0", "--data-license", "drawn, CC0-1.0");

        Assert.Equal(1, late);
        Assert.Contains("then the decoder again", order, StringComparison.Ordinal);
        Assert.Equal(2, fewer);
        Assert.Contains("codes is 20", error, StringComparison.Ordinal);
        Assert.Contains("at least 32", error, StringComparison.Ordinal);
        Assert.Contains("step 30/30", transformer, StringComparison.Ordinal);
        Assert.Contains("\"codebook_size\": 48", await File.ReadAllTextAsync(Path.Combine(Model, "model.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await DoneAsync("models", "verify", "mine", "--model-path", _line.Folder);
    }

    // The transformer begins with one that was trained on something else.
    [Fact]
    public async Task Train_Sprites_AreComposedLearntAndScored()
    {
        using DataFolder folder = new();
        string sprites = SpriteFolder.Write(folder), start = TinyModelDirectory.Create(folder.At("start"), width: 32).DirectoryPath;
        string[] data = ["--run", Run, "--data", sprites, "--set", "report_every=2", "--steps", "4", "--batch", "2"];
        await DoneAsync("train", "tokenizer", "--run", Run, "--data", sprites, "--vocabulary", "300");
        string vqgan = await DoneAsync(["train", "vqgan", .. data, "--config", TinyTraining.Write(_line.Folder, "vqgan", TinyTraining.Vqgan)]);
        await DoneAsync(["train", "upscaler", .. data, "--config", TinyTraining.Write(_line.Folder, "upscaler", TinyTraining.Upscaler)]);
        string[] transformer = ["train", "transformer", .. data, "--config", TinyTraining.Write(_line.Folder, "transformer", TinyTraining.Transformer)];
        (int wide, string _, string error) = await _line.RunAsync([.. transformer, "--set", $"start={start}", "--set", "architecture.width=48"]);
        string started = await DoneAsync([.. transformer, "--set", $"start={start}", "--set", "architecture.mlp_width=64"]);
        Directory.Delete(start, recursive: true);
        await DoneAsync("train", "transformer", "--run", Run, "--resume", "--steps", "6");
        string scores = await DoneAsync("eval", "sprites", sprites, "--run", Run, "--prompts", "3", "--json", Path.Combine(_line.Folder, "scores.json"));
        await DoneAsync("train", "export", Model, "--run", Run, "--license", "CC0-1.0", "--data-license", "drawn, CC0-1.0");

        Assert.Contains("Scenes of 12 sprites", vqgan, StringComparison.Ordinal);
        Assert.Equal(2, wide);
        Assert.Contains("start is", error, StringComparison.Ordinal);
        Assert.Contains("Begins with tiny", started, StringComparison.Ordinal);
        Assert.Equal(4, scores.Split('\n').Count(row => row.Contains(" model ", StringComparison.Ordinal)));
        Assert.True(File.Exists(Path.Combine(_line.Folder, "scores.json")));
        await DoneAsync("models", "verify", "mine", "--model-path", _line.Folder);
    }

    [Fact]
    public async Task Train_ThousandPicturesTwentyOfThemBroken_GoesThroughAnEpochAndSaysWhatItSkipped()
    {
        await MakeThousandAsync();
        await DoneAsync("train", "tokenizer", "--run", Run, "--data", Pictures, "--vocabulary", "300");
        string output = await DoneAsync([.. Part("vqgan", TinyTraining.Vqgan), "--batch", "16", "--steps", "34"]);
        string transformer = await DoneAsync([.. Part("transformer", TinyTraining.Transformer), "--batch", "16", "--steps", "66"]);

        Assert.Contains("Passed over so far: 20 (", output, StringComparison.Ordinal);
        Assert.Contains("Passed over so far: 20 (", transformer, StringComparison.Ordinal);
        string[] skipped = await File.ReadAllLinesAsync(Path.Combine(Run, "vqgan", "skipped.csv"), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{50 * i:D4}.png"), skipped.Skip(1).Select(line => line.Split(',')[0]).Order(StringComparer.Ordinal));
        Assert.Contains("cut_text_tokens", await File.ReadAllTextAsync(Path.Combine(Run, "transformer", "metrics.csv"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    // Copies of a few drawn pictures; every fiftieth is cut off, empty, text, or only a header. One caption has 40,000 characters.
    private async Task MakeThousandAsync()
    {
        string few = Path.Combine(_line.Folder, "few");
        await DoneAsync("data", "make", few, "--count", "10");
        Directory.CreateDirectory(Pictures);
        byte[][] drawn = [.. Directory.GetFiles(few, "*.png").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        for (int i = 0; i < 1000; i++)
        {
            byte[] good = drawn[i % drawn.Length];
            byte[] bytes = i % 50 != 0 ? good : (i / 50 % 4) switch { 0 => good[..(good.Length / 2)], 1 => [], 2 => "no picture"u8.ToArray(), _ => good[..24] };
            await File.WriteAllBytesAsync(Path.Combine(Pictures, $"{i:D4}.png"), bytes);
            await File.WriteAllTextAsync(Path.Combine(Pictures, $"{i:D4}.txt"), i == 7 ? string.Concat(Enumerable.Repeat("a long story ", 3077))[..40_000] : $"picture {i % 17} of a kind");
        }
    }

    [Fact]
    public async Task Train_AgainWithoutResume_LosesNothing()
    {
        await DoneAsync("data", "make", Pictures, "--count", "4");
        await DoneAsync([.. Part("vqgan", TinyTraining.Vqgan), "--steps", "10"]);
        byte[] before = await File.ReadAllBytesAsync(Path.Combine(Run, "vqgan", "checkpoint.safetensors"), TestContext.Current.CancellationToken);

        (int code, string _, string error) = await _line.RunAsync([.. Part("vqgan", TinyTraining.Vqgan), "--steps", "20"]);

        Assert.Equal(1, code);
        Assert.Contains("--resume", error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(Run, "vqgan", "checkpoint.safetensors"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Train_PartThatAnotherProcessTrains_IsRefusedAndLosesNothing()
    {
        await DoneAsync("data", "make", Pictures, "--count", "4");
        using PartiProcess first = new(Path.Combine(_line.Folder, "state"), [.. Part("vqgan", TinyTraining.Vqgan), "--steps", "1000000"]);
        Assert.NotNull(await first.LineAsync(line => line.StartsWith("step ", StringComparison.Ordinal), TestContext.Current.CancellationToken));

        (int code, string _, string error) = await _line.RunAsync("train", "vqgan", "--run", Run, "--resume", "--steps", "20");
        await first.KillAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, code);
        Assert.Contains("is being trained by another process", error, StringComparison.Ordinal);
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(Run, "vqgan", "history.jsonl"), TestContext.Current.CancellationToken));
        Assert.Contains("step 20/20", await DoneAsync("train", "vqgan", "--run", Run, "--resume", "--steps", "20"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_ResumedOnOtherPictures_IsRefusedUnlessWanted()
    {
        await DoneAsync("data", "make", Pictures, "--count", "4");
        await DoneAsync([.. Part("vqgan", TinyTraining.Vqgan), "--steps", "10"]);
        await DoneAsync("data", "make", Pictures, "--count", "5");

        (int code, string _, string error) = await _line.RunAsync("train", "vqgan", "--run", Run, "--resume", "--steps", "20");

        Assert.Equal(1, code);
        Assert.Contains("--new-data", error, StringComparison.Ordinal);
        Assert.Contains("step 20/20", await DoneAsync("train", "vqgan", "--run", Run, "--resume", "--new-data", "--steps", "20"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--set", "batch=0", "batch is 0; it must be 1 to 65536.")]
    [InlineData("--set", "optimiser.beta3=0.5", "\"optimiser.beta3\" is no setting")]
    [InlineData("--set", "rates.falls[0].rate=fast", "rates.falls[0].rate")]
    [InlineData("--set", "batch", "write name=value")]
    [InlineData("--preset", "huge", "--preset is \"huge\"")]
    [InlineData("--device", "tpu", "device is tpu")]
    [InlineData("--device", "cpu,cpu", "device is cpu,cpu; it must be cpu, mps, cuda or cuda:N; only the transformer is trained on several.")]
    [InlineData("--set", "data.forms=2", "data.forms is 2; it must be 0 to 1.")]
    [InlineData("--steps", "0", "--steps is \"0\", allowed is 1")]
    public async Task Train_SettingThatCannotBe_IsNamedWithItsRange(string option, string value, string message)
    {
        (int code, string _, string error) = await _line.RunAsync("train", "vqgan", "--run", Run, option, value);
        Assert.Equal(2, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
        Assert.False(Directory.Exists(Run));
    }

    [Fact]
    public async Task Train_TransformerBeforeItsTokenizers_SaysWhatComesFirst()
    {
        (int code, string _, string error) = await _line.RunAsync("train", "transformer", "--run", Run);
        Assert.Equal(1, code);
        Assert.Contains("parti train tokenizer", error, StringComparison.Ordinal);
    }

    private string Run => Path.Combine(_line.Folder, "run");

    private string Pictures => Path.Combine(_line.Folder, "pictures");

    private string Model => Path.Combine(_line.Folder, "mine");

    private string[] Part(string part, string settings) =>
        ["train", part, "--run", Run, "--data", Pictures, "--config", TinyTraining.Write(_line.Folder, part, settings)];

    private async Task<string> DoneAsync(params string[] arguments)
    {
        (int code, string output, string error) = await _line.RunAsync(arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: {code} {error}");
        return output;
    }
}
