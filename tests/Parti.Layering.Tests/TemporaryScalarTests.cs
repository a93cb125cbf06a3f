using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Parti.Layering.Tests;

/// <summary>
/// TorchSharp methods that make a temporary Scalar and read its handle in a native call: the collector may free it in between. They are
/// found in TorchSharp itself, so that a new version's are found too.
/// </summary>
public class TemporaryScalarTests
{
    const byte Call = 0x28, CallVirtual = 0x6F;

    public static TheoryData<string> Projects => [.. Rooms.Existing.Select(room => room.Project)];

    [Fact]
    public void TorchSharp_ItsSums_AreAmongTheMethodsFound()
    {
        HashSet<string> found = MakeTemporaryScalars();
        Assert.Contains("Tensor.add(Tensor)", found);
        Assert.DoesNotContain("Tensor.add(Tensor, Scalar)", found);
        Assert.DoesNotContain("Tensor.mul(Tensor)", found);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ItsTensorOperations_MakeNoTemporaryScalar(string project)
    {
        using PEReader file = Open(Rooms.Existing.Single(room => room.Project == project).Assembly.Location);
        MetadataReader reader = file.GetMetadataReader();
        HashSet<string> used = [.. reader.MemberReferences.Select(reader.GetMemberReference).Where(m => m.GetKind() == MemberReferenceKind.Method && m.Parent.Kind == HandleKind.TypeReference)
            .Select(m => Name(reader.GetString(reader.GetTypeReference((TypeReferenceHandle)m.Parent).Name), reader.GetString(m.Name), m.DecodeMethodSignature(new TypeNames(), null)))];

        used.IntersectWith(MakeTemporaryScalars());
        Assert.True(used.Count == 0, $"{project} calls {string.Join("; ", used)}; take the operations of TensorMath.");
    }

    static HashSet<string> MakeTemporaryScalars()
    {
        using PEReader file = Open(Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll"));
        MetadataReader reader = file.GetMetadataReader();
        (MethodDefinition Method, string Type, int Token)[] methods =
            [.. reader.MethodDefinitions.Select(h => (reader.GetMethodDefinition(h), TypeOf(reader, h), MetadataTokens.GetToken(h)))];
        HashSet<int> makers = [.. methods.Where(m => IsMaker(m.Type, reader.GetString(m.Method.Name))).Select(m => m.Token)];
        Assert.NotEmpty(makers);
        // Calls of the makers by our own code are the analyzer's to refuse; here it is about those inside the library.
        return [.. methods.Where(m => m.Type is not ("Scalar" or "ScalarExtensionMethods") && m.Method.RelativeVirtualAddress != 0 && Calls(file, m.Method, makers))
            .Select(m => Name(m.Type, reader.GetString(m.Method.Name), m.Method.DecodeSignature(new TypeNames(), null)))];
    }

    static bool IsMaker(string type, string method) => (type, method) is ("Scalar", "op_Implicit") or ("ScalarExtensionMethods", "ToScalar");

    static bool Calls(PEReader file, MethodDefinition method, HashSet<int> tokens)
    {
        ImmutableArray<byte> body = file.GetMethodBody(method.RelativeVirtualAddress).GetILContent();
        return Enumerable.Range(0, Math.Max(0, body.Length - 4)).Any(i => body[i] is Call or CallVirtual && tokens.Contains(BitConverter.ToInt32(body.AsSpan().Slice(i + 1, 4))));
    }

    static string TypeOf(MetadataReader reader, MethodDefinitionHandle method) =>
        reader.GetString(reader.GetTypeDefinition(reader.GetMethodDefinition(method).GetDeclaringType()).Name);

    static string Name(string type, string method, MethodSignature<string> signature) => $"{type}.{method}({string.Join(", ", signature.ParameterTypes)})";

    static PEReader Open(string path) => new(new MemoryStream(File.ReadAllBytes(path)));

    sealed class TypeNames : ISignatureTypeProvider<string, object?>
    {
        public string GetArrayType(string elementType, ArrayShape shape) => elementType + "[,]";

        public string GetByReferenceType(string elementType) => elementType + "&";

        public string GetFunctionPointerType(MethodSignature<string> signature) => "function";

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => $"{genericType}<{string.Join(", ", typeArguments)}>";

        public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

        public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

        public string GetPinnedType(string elementType) => elementType;

        public string GetPointerType(string elementType) => elementType + "*";

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => reader.GetString(reader.GetTypeDefinition(handle).Name);

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => reader.GetString(reader.GetTypeReference(handle).Name);

        public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => "?";
    }
}
