using Parti.Models.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Parti.Models.Tests.Checkpoints;

public sealed class ModuleCheckpointTests : IDisposable
{
    readonly TemporaryDirectory directory = new();
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        directory.Dispose();
    }

    [Theory]
    [InlineData(TensorDataType.F32)]
    [InlineData(TensorDataType.F16)]
    [InlineData(TensorDataType.BF16)]
    public void Load_SavedModule_HasTheSameValues(TensorDataType type)
    {
        using var saved = Network(8);
        using var loaded = Network(8);
        ModuleCheckpoint.Save(saved, directory["m"], type);
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory["m"]);
        ModuleCheckpoint.Load(loaded, reader);
        foreach ((string name, Tensor value) in saved.state_dict())
        {
            Tensor expected = value.is_floating_point() ? value.to(type.ToScalarType()).to(ScalarType.Float32) : value;
            Assert.True(Same(expected, loaded.state_dict()[name]), name);
        }
        Assert.All(loaded.parameters(), p => Assert.True(p.requires_grad));
    }

    [Fact]
    public void Load_Prefix_TakesOnlyItsTensors()
    {
        using var module = Linear(2, 2);
        SafeTensorsWriter.Write(directory["m"], new Dictionary<string, Tensor>
        {
            ["head.weight"] = full(2, 2, 5f), ["head.bias"] = zeros(2), ["other"] = ones(1),
        });
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory["m"]);
        ModuleCheckpoint.Load(module, reader, "head.");
        Assert.Equal(5, module.weight[1, 1].item<float>());
    }

    [Fact]
    public void Load_AnotherShape_NamesTheFirstAndChangesNothing()
    {
        using var saved = Network(8);
        using var other = Network(6);
        ModuleCheckpoint.Save(saved, directory["m"]);
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory["m"]);
        Dictionary<string, Tensor> before = other.state_dict().ToDictionary(t => t.Key, t => t.Value.clone());
        CheckpointException error = Assert.Throws<CheckpointException>(() => ModuleCheckpoint.Load(other, reader));
        Assert.Contains("tensor \"0.bias\" has shape [8]; the model needs [6]", error.Message, StringComparison.Ordinal);
        Assert.All(other.state_dict(), t => Assert.True(Same(before[t.Key], t.Value)));
    }

    [Fact]
    public void Load_MissingOrForeignTensor_IsNamed()
    {
        using var module = Linear(2, 2);
        SafeTensorsWriter.Write(directory["less"], new Dictionary<string, Tensor> { ["weight"] = ones(2, 2) });
        SafeTensorsWriter.Write(directory["more"], new Dictionary<string, Tensor> { ["weight"] = ones(2, 2), ["bias"] = ones(2), ["gate"] = ones(2) });
        SafeTensorsWriter.Write(directory["kind"], new Dictionary<string, Tensor> { ["weight"] = ones(2, 2), ["bias"] = ones(2, dtype: ScalarType.Int64) });
        Assert.Contains("\"bias\" of shape [2] is missing", Refusal(module, "less"), StringComparison.Ordinal);
        Assert.Contains("\"gate\" is not one of the model's", Refusal(module, "more"), StringComparison.Ordinal);
        Assert.Contains("\"bias\" is I64", Refusal(module, "kind"), StringComparison.Ordinal);
    }

    string Refusal(Module module, string file)
    {
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory[file]);
        return Assert.Throws<CheckpointException>(() => ModuleCheckpoint.Load(module, reader)).Message;
    }

    static bool Same(Tensor x, Tensor y) => x.eq(y).all().item<bool>();

    static TorchSharp.Modules.Sequential Network(int width) => Sequential(Linear(4, width), BatchNorm1d(width), Linear(width, 2));
}
