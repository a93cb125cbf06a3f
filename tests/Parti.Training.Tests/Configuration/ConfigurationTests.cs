using System.Text.Json.Nodes;
using Parti.Training.Configuration;
using Parti.Training.Recipes;
using Parti.Training.Runs;

namespace Parti.Training.Tests.Configuration;

public sealed class ConfigurationTests : IDisposable
{
    static readonly VqganConfiguration Demo = TrainingPresets.Vqgan[TrainingPresets.Demo];

    readonly string _folder = Directory.CreateTempSubdirectory("parti-settings-").FullName;

    public static TheoryData<string, string> Presets =>
    [
        .. TrainingPresets.Vqgan.Keys.Select(n => ("vqgan", n)), .. TrainingPresets.Decoder.Keys.Select(n => ("decoder", n)), .. TrainingPresets.Text.Keys.Select(n => ("text", n)),
        .. TrainingPresets.Transformer.Keys.Select(n => ("transformer", n)), .. TrainingPresets.Upscaler.Keys.Select(n => ("upscaler", n)), .. TrainingPresets.Features.Keys.Select(n => ("features", n)),
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Presets))]
    public void Apply_PresetAsItIs_IsValidAndComesBackFromText(string part, string name)
    {
        switch (part)
        {
            case "vqgan": RoundTrip(TrainingPresets.Vqgan[name]); break;
            case "decoder": RoundTrip(TrainingPresets.Decoder[name]); break;
            case "text": RoundTrip(TrainingPresets.Text[name]); break;
            case "transformer": RoundTrip(TrainingPresets.Transformer[name]); break;
            case "upscaler": RoundTrip(TrainingPresets.Upscaler[name]); break;
            default: RoundTrip(TrainingPresets.Features[name]); break;
        }
    }

    [Fact]
    public void Apply_FileAndAssignments_TheAssignmentHolds()
    {
        string file = Write("""{ "batch": 7, "steps": 9, "losses": { "l2": 3 } }""");
        VqganConfiguration result = ConfigurationJson.Apply(Demo, new(file, ["batch=8", "rates.falls[0].rate=0.5", "device=cuda:1", "optimiser.kind=adafactor"]));
        Assert.Equal((8, 9L, 3.0, 0.5, "cuda:1"), (result.Batch, result.Steps, result.Losses.L2, result.Rates.Falls[0].Rate, result.Device));
        Assert.Equal(OptimiserKind.Adafactor, result.Optimiser.Kind);
        Assert.Equal(Demo.Losses.L1, result.Losses.L1);
    }

    [Theory]
    [InlineData("cpu,tpu", 2, "device is cpu,tpu; it must be cpu, mps, cuda or cuda:N, or several of them with commas.")]
    [InlineData("cuda:0,cuda:1", 3, "accumulate is 3; it must be a multiple of 2, as so many devices share the batches of a step.")]
    public void Apply_DevicesThatCannotShareAStep_AreNamed(string device, int accumulate, string message)
    {
        SettingException error = Assert.Throws<SettingException>(() =>
            ConfigurationJson.Apply(TrainingPresets.Transformer[TrainingPresets.Demo], new(null, [$"device={device}", $"accumulate={accumulate}"])));
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("""{ "btach": 7 }""", "btach")]
    [InlineData("""{ "batch": "many" }""", "batch")]
    [InlineData("[1]", "must be a JSON object")]
    [InlineData("{", "cannot be read")]
    [InlineData("""{ "rates": { "falls": [] } }""", "rates.falls is empty")]
    [InlineData("""{ "data": { "views": 0 } }""", "data.views is 0; it must be 1 to 1024.")]
    public void Apply_FileThatIsWrong_IsNamedWithItsKey(string json, string message)
    {
        SettingException error = Assert.Throws<SettingException>(() => ConfigurationJson.Apply(Demo, new(Write(json), [])));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("bat=8", "\"bat\" is no setting; there are")]
    [InlineData("losses.l3=8", "\"losses.l3\" is no setting")]
    [InlineData("rates.falls[4].rate=1", "is no setting")]
    [InlineData("=8", "is no setting; write name=value")]
    public void Apply_AssignmentOfNoSetting_IsRefused(string assignment, string message) =>
        Assert.Contains(message, Assert.Throws<SettingException>(() => ConfigurationJson.Apply(Demo, new(null, [assignment]))).Message, StringComparison.Ordinal);

    [Fact]
    public void Begin_Resumed_KeepsTheRunsSettingsAndAddsToItsHistory()
    {
        RunFolder run = new(_folder);
        run.Begin(RunFolder.Vqgan, Demo, new() { Changes = new(null, ["batch=5"]) }, TimeProvider.System).Taken.Dispose();
        File.WriteAllText(Path.Combine(run.Part(RunFolder.Vqgan), "checkpoint.safetensors"), "");

        (VqganConfiguration resumed, IDisposable taken) = run.Begin(RunFolder.Vqgan, Demo, new() { Resume = true, Changes = new(null, ["steps=77"]) }, TimeProvider.System);
        taken.Dispose();

        Assert.Equal((5, 77L), (resumed.Batch, resumed.Steps));
        Assert.Equal(2, File.ReadLines(Path.Combine(run.Part(RunFolder.Vqgan), "history.jsonl")).Count());
        Assert.Contains("--resume", Assert.Throws<TrainingException>(() => run.Begin(RunFolder.Vqgan, Demo, new(), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    // A run of a version that did not have them yet goes on without them.
    [Theory]
    [InlineData("start")]
    [InlineData("code_vectors")]
    [InlineData("dropout")]
    [InlineData("recompute")]
    public void Begin_RunWithoutALaterSetting_GoesOnWithoutIt(string setting)
    {
        RunFolder run = new(_folder);
        JsonObject before = ConfigurationJson.Tree(TrainingPresets.Transformer[TrainingPresets.Demo] with { Dropout = 0.1, Start = "models/demo" });
        Assert.True(before.Remove(setting));
        Directory.CreateDirectory(run.Part(RunFolder.Transformer));
        File.WriteAllText(Path.Combine(run.Part(RunFolder.Transformer), "config.json"), before.ToJsonString());
        (TransformerConfiguration resumed, IDisposable taken) = run.Begin(RunFolder.Transformer, TrainingPresets.Transformer[TrainingPresets.Demo], new() { Resume = true }, TimeProvider.System);
        taken.Dispose();

        Assert.Equal(
            (setting == "start" ? null : "models/demo", setting != "code_vectors", setting == "dropout" ? 0 : 0.1, false),
            (resumed.Start, resumed.CodeVectors, resumed.Dropout, resumed.Recompute));
    }

    [Fact]
    public void Begin_PartThatIsTaken_IsRefusedUntilItIsGivenBack()
    {
        RunFolder run = new(_folder);
        using (run.Begin(RunFolder.Vqgan, Demo, new(), TimeProvider.System).Taken)
        {
            Assert.Contains("another process", Assert.Throws<TrainingException>(() => run.Begin(RunFolder.Vqgan, Demo, new(), TimeProvider.System)).Message, StringComparison.Ordinal);
            run.Begin(RunFolder.Upscaler, Demo, new(), TimeProvider.System).Taken.Dispose();
        }

        run.Begin(RunFolder.Vqgan, Demo, new(), TimeProvider.System).Taken.Dispose();
        Assert.Equal(2, File.ReadLines(Path.Combine(run.Part(RunFolder.Vqgan), "history.jsonl")).Count());
    }

    [Fact]
    public void RequireData_OtherDataThanBefore_IsRefusedUnlessWanted()
    {
        RunFolder run = new(_folder);
        Directory.CreateDirectory(run.Part(RunFolder.Vqgan));
        run.RequireData(RunFolder.Vqgan, "one", new());
        run.RequireData(RunFolder.Vqgan, "one", new() { Resume = true });
        Assert.Contains("--new-data", Assert.Throws<TrainingException>(() => run.RequireData(RunFolder.Vqgan, "two", new() { Resume = true })).Message, StringComparison.Ordinal);
        run.RequireData(RunFolder.Vqgan, "two", new() { Resume = true, NewData = true });
        run.RequireData(RunFolder.Vqgan, "two", new() { Resume = true });
    }

    static void RoundTrip<T>(T preset)
        where T : PartConfiguration
    {
        T back = ConfigurationJson.Apply(preset, ConfigurationChanges.None);
        Assert.Equal(ConfigurationJson.Tree(preset).ToJsonString(), ConfigurationJson.Tree(back).ToJsonString());
    }

    string Write(string json)
    {
        string file = Path.Combine(_folder, "settings.json");
        File.WriteAllText(file, json);
        return file;
    }
}
